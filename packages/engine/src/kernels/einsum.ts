import { sizeOf } from '@polytask/base';
import { backend_util } from '@tensorflow/tfjs-core';
import type { Spec, ValueType } from '../graph.ts';
import type { Emitter, Kernel } from './kernel.ts';
import { lowerMatMul } from './matmul.ts';
import { reshaped } from './shape.ts';

/** A tensor whose axes have labels. */
type Labelled = { readonly name: string; readonly axes: readonly string[] };

type Sizes = ReadonlyMap<string, number>;

const infer: Kernel['infer'] = (inputs, { equation }: { equation: string }) => {
  const specs = Object.values(inputs);
  const { output, sizes } = parsed(equation, specs);
  return [{ shape: output.map((label) => sizes.get(label)!), dtype: specs[0]!.dtype }];
};

/** The labels of the terms, of the result, and how long their axes are. tfjs refuses '…' and labels that a term repeats. */
function parsed(equation: string, specs: readonly Spec[]) {
  const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, specs.length);
  backend_util.checkEinsumDimSizes(allDims.length, idDims, specs as never);
  const terms = idDims.map((places) => places.map((place) => allDims[place]!));
  const output = [...equation.replace(/\s/g, '').split('->')[1]!];
  if (new Set(output).size !== output.length)
    throw new RangeError(`expected each label once in the result of an einsum. Found "${equation}".`);
  const sizes: Sizes = new Map(
    terms.flatMap((term, index) => term.map((label, axis) => [label, specs[index]!.shape[axis]!])),
  );
  return { terms, output, sizes };
}

const lengths = (labels: readonly string[], sizes: Sizes) => labels.map((label) => sizes.get(label)!);

const product = (labels: readonly string[], sizes: Sizes) => sizeOf(lengths(labels, sizes));

/** Sums over the axes that neither another term nor the result has. */
function summed(emit: Emitter, { name, axes }: Labelled, kept: readonly string[]): Labelled {
  const gone = axes.flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
  if (gone.length === 0) return { name, axes };
  return {
    name: emit.op('ReduceSum', [name, emit.int64(gone)], { keepdims: 0 }),
    axes: axes.filter((label) => kept.includes(label)),
  };
}

function ordered(emit: Emitter, { name, axes }: Labelled, wanted: readonly string[]): string {
  if (axes.every((label, axis) => label === wanted[axis])) return name;
  return emit.op('Transpose', [name], { perm: wanted.map((label) => axes.indexOf(label)) });
}

/** In the order `wanted`, with axes of length 1 where the tensor has no such axis. */
function spreadOut(emit: Emitter, tensor: Labelled, wanted: readonly string[], sizes: Sizes): string {
  const present = wanted.filter((label) => tensor.axes.includes(label));
  const shape = wanted.map((label) => (tensor.axes.includes(label) ? sizes.get(label)! : 1));
  return reshaped(emit, ordered(emit, tensor, present), shape);
}

/**
 * Two terms as one matrix product: labels that the terms share and the result has count the matrices of a batch, those that the result
 * has not are summed over, the others are rows or columns. Without a sum it is an elementwise product.
 */
function contracted(
  emit: Emitter,
  [a, b]: readonly [Labelled, Labelled],
  output: readonly string[],
  sizes: Sizes,
  dtype: ValueType,
): string {
  const isShared = (label: string) => a.axes.includes(label) && b.axes.includes(label);
  const batch = output.filter(isShared);
  const inner = a.axes.filter((label) => isShared(label) && !output.includes(label));
  const rows = a.axes.filter((label) => !isShared(label));
  const columns = b.axes.filter((label) => !isShared(label));
  if (inner.length === 0 || (rows.length === 0 && columns.length === 0)) {
    const both = [...output, ...inner];
    const parts = [a, b].map((tensor) => spreadOut(emit, tensor, both, sizes));
    return summed(emit, { name: emit.op('Mul', parts), axes: both }, output).name;
  }
  const count = product(batch, sizes);
  /** [batch, outer, inner]; where the axes stand as [batch, inner, outer], that one, for a product with its transpose. */
  const matrix = (tensor: Labelled, outer: readonly string[]) => {
    const isTurned = tensor.axes.every((label, axis) => label === [...batch, ...inner, ...outer][axis]);
    const order = isTurned ? [...batch, ...inner, ...outer] : [...batch, ...outer, ...inner];
    const sides = isTurned ? [inner, outer] : [outer, inner];
    const shape = [...(batch.length > 0 ? [count] : []), ...sides.map((labels) => product(labels, sizes))];
    return { name: reshaped(emit, ordered(emit, tensor, order), shape), spec: { shape, dtype }, isTurned };
  };
  const [left, right] = [matrix(a, rows), matrix(b, columns)];
  const result = lowerMatMul(emit, {
    inputs: { a: left.spec, b: right.spec },
    names: { a: left.name, b: right.name },
    attributes: { transposeA: left.isTurned, transposeB: !right.isTurned },
    outputs: [{ shape: [...(batch.length > 0 ? [count] : []), product(rows, sizes), product(columns, sizes)], dtype }],
    producer: () => undefined,
  });
  const axes = [...batch, ...rows, ...columns];
  return ordered(emit, { name: reshaped(emit, result, lengths(axes, sizes)), axes }, output);
}

/** Sums of products by labelled axes. tfjs's cpu backend drops a term that has no label which is summed over; here it counts. */
const einsum: Kernel = {
  infer,
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { terms, output, sizes } = parsed((attributes as { equation: string }).equation, Object.values(inputs));
    const tensors = Object.values(names).map((name, index) => {
      const others = terms.filter((_, other) => other !== index).flat();
      return summed(emit, { name, axes: terms[index]! }, [...output, ...others]);
    });
    const [first, second] = tensors as [Labelled, Labelled?];
    if (!second) return [ordered(emit, first, output)];
    return [contracted(emit, [first, second], output, sizes, outputs[0]!.dtype)];
  },
};

export const einsums: Record<string, Kernel> = { Einsum: einsum };
