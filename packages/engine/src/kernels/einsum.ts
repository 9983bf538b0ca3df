import { sizeOf } from '@polytask/base';
import { backend_util } from '@tensorflow/tfjs-core';
import type { Spec } from '../graph.ts';
import type { Emitter, Kernel } from './kernel.ts';
import { lowerMatMul } from './matmul.ts';
import { reshaped } from './shape.ts';

/** A tensor of some kind whose axes have labels. */
type Labelled<T> = { readonly tensor: T; readonly axes: readonly string[] };

type Matrices<T> = {
  readonly tensor: T;
  readonly shape: readonly number[];
  readonly isTransposed: boolean;
};

/** What sums of products are made of: ONNX nodes here, operations on tensors for tfjs's own backends. */
export interface Algebra<T> {
  sum(tensor: T, axes: readonly number[]): T;
  transpose(tensor: T, permutation: readonly number[]): T;
  reshape(tensor: T, shape: readonly number[]): T;
  multiply(left: T, right: T): T;
  matMul(left: Matrices<T>, right: Matrices<T>, shape: readonly number[]): T;
}

type Sizes = ReadonlyMap<string, number>;

/** The labels of the terms, of the result, and how long their axes are. tfjs refuses '…' and labels that a term repeats. */
function parsed(equation: string, shapes: readonly (readonly number[])[]) {
  const { allDims, idDims } = backend_util.decodeEinsumEquation(equation, shapes.length);
  backend_util.checkEinsumDimSizes(allDims.length, idDims, shapes.map((shape) => ({ shape })) as never);
  const terms = idDims.map((places) => places.map((place) => allDims[place]!));
  const output = [...equation.replace(/\s/g, '').split('->')[1]!];
  if (new Set(output).size !== output.length)
    throw new RangeError(`expected each label once in the result of an einsum. Found "${equation}".`);
  const sizes: Sizes = new Map(
    terms.flatMap((term, index) => term.map((label, axis) => [label, shapes[index]![axis]!])),
  );
  return { terms, output, sizes };
}

const lengths = (labels: readonly string[], sizes: Sizes) => labels.map((label) => sizes.get(label)!);

const isSame = (left: readonly string[], right: readonly string[]) =>
  left.length === right.length && left.every((label, axis) => label === right[axis]);

/** Sums over the axes that neither another term nor the result has. */
function summed<T>(algebra: Algebra<T>, { tensor, axes }: Labelled<T>, kept: readonly string[]): Labelled<T> {
  const gone = axes.flatMap((label, axis) => (kept.includes(label) ? [] : [axis]));
  if (gone.length === 0) return { tensor, axes };
  return { tensor: algebra.sum(tensor, gone), axes: axes.filter((label) => kept.includes(label)) };
}

const ordered = <T>(algebra: Algebra<T>, { tensor, axes }: Labelled<T>, wanted: readonly string[]): T =>
  isSame(axes, wanted)
    ? tensor
    : algebra.transpose(
        tensor,
        wanted.map((label) => axes.indexOf(label)),
      );

/** In the order `wanted`, with axes of length 1 where the tensor has no such axis. */
function spreadOut<T>(algebra: Algebra<T>, labelled: Labelled<T>, wanted: readonly string[], sizes: Sizes): T {
  const isThere = (label: string) => labelled.axes.includes(label);
  const shape = wanted.map((label) => (isThere(label) ? sizes.get(label)! : 1));
  return algebra.reshape(ordered(algebra, labelled, wanted.filter(isThere)), shape);
}

/**
 * Two terms as one matrix product: labels that the terms share and the result has count the matrices of a batch, those that the result
 * has not are summed over, the others are rows or columns. Without a sum it is an elementwise product.
 */
function contracted<T>(
  algebra: Algebra<T>,
  a: Labelled<T>,
  b: Labelled<T>,
  output: readonly string[],
  sizes: Sizes,
): T {
  const isShared = (label: string) => a.axes.includes(label) && b.axes.includes(label);
  const batch = output.filter(isShared);
  const inner = a.axes.filter((label) => isShared(label) && !output.includes(label));
  const rows = a.axes.filter((label) => !isShared(label));
  const columns = b.axes.filter((label) => !isShared(label));
  if (inner.length === 0 || (rows.length === 0 && columns.length === 0)) {
    const both = [...output, ...inner];
    const tensor = algebra.multiply(spreadOut(algebra, a, both, sizes), spreadOut(algebra, b, both, sizes));
    return summed(algebra, { tensor, axes: both }, output).tensor;
  }
  const size = (labels: readonly string[]) => sizeOf(lengths(labels, sizes));
  const count = batch.length > 0 ? [size(batch)] : [];
  /** [batch, outer, inner]; where the axes stand as [batch, inner, outer] already, that, for a product with the transpose. */
  const matrices = (labelled: Labelled<T>, outer: readonly string[]) => {
    const isTransposed = isSame(labelled.axes, [...batch, ...inner, ...outer]);
    const sides = isTransposed ? [inner, outer] : [outer, inner];
    const shape = [...count, ...sides.map(size)];
    return {
      tensor: algebra.reshape(ordered(algebra, labelled, [...batch, ...sides.flat()]), shape),
      shape,
      isTransposed,
    };
  };
  const right = matrices(b, columns);
  const result = algebra.matMul(matrices(a, rows), { ...right, isTransposed: !right.isTransposed }, [
    ...count,
    size(rows),
    size(columns),
  ]);
  const axes = [...batch, ...rows, ...columns];
  return ordered(algebra, { tensor: algebra.reshape(result, lengths(axes, sizes)), axes }, output);
}

/** Σ of products by labelled axes, with the operations of `algebra`. */
export function einsumBy<T>(
  algebra: Algebra<T>,
  equation: string,
  given: readonly { readonly tensor: T; readonly shape: readonly number[] }[],
): T {
  const { terms, output, sizes } = parsed(
    equation,
    given.map(({ shape }) => shape),
  );
  const tensors = given.map(({ tensor }, index) => {
    const others = terms.filter((_, other) => other !== index).flat();
    return summed(algebra, { tensor, axes: terms[index]! }, [...output, ...others]);
  });
  const [first, second] = tensors as [Labelled<T>, Labelled<T>?];
  return second ? contracted(algebra, first, second, output, sizes) : ordered(algebra, first, output);
}

const inOnnx = (emit: Emitter, { dtype }: Spec): Algebra<string> => ({
  sum: (name, axes) => emit.op('ReduceSum', [name, emit.int64(axes)], { keepdims: 0 }),
  transpose: (name, perm) => emit.op('Transpose', [name], { perm }),
  reshape: (name, shape) => reshaped(emit, name, shape),
  multiply: (left, right) => emit.op('Mul', [left, right]),
  matMul: (left, right, shape) =>
    lowerMatMul(emit, {
      inputs: { a: { shape: left.shape, dtype }, b: { shape: right.shape, dtype } },
      names: { a: left.tensor, b: right.tensor },
      attributes: { transposeA: left.isTransposed, transposeB: right.isTransposed },
      outputs: [{ shape, dtype }],
      producer: () => undefined,
    }),
});

const einsum: Kernel = {
  infer: (inputs, { equation }: { equation: string }) => {
    const specs = Object.values(inputs);
    const { output, sizes } = parsed(
      equation,
      specs.map(({ shape }) => shape),
    );
    return [{ shape: lengths(output, sizes), dtype: specs[0]!.dtype }];
  },
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const given = Object.entries(inputs).map(([name, { shape }]) => ({ tensor: names[name]!, shape }));
    return [einsumBy(inOnnx(emit, outputs[0]!), (attributes as { equation: string }).equation, given)];
  },
};

export const einsums: Record<string, Kernel> = { Einsum: einsum };
