import { sizeOf } from '@polytask/base';
import type { Spec, ValueType } from '../graph.ts';
import { castTo, type Emitter, type Kernel } from './kernel.ts';
import { isSegment, sumRows } from './segment-sum.ts';
import { filled, reshaped } from './shape.ts';

/*
 * What is written at indices that are known only when a program runs. ONNX's ScatterND is not used: where an index occurs twice, ONNX
 * Runtime's threads race for it.
 */

/** The indices of a scatter as numbers of rows: a result of rows · width entries, `count` of whose rows are written. */
function rowsOf(emit: Emitter, indices: string, spec: Spec, shape: readonly number[]) {
  const depth = spec.shape.length < 2 ? 1 : spec.shape.at(-1)!;
  const count = sizeOf(spec.shape) / Math.max(1, depth);
  const strides = Array.from({ length: depth }, (_, axis) => sizeOf(shape.slice(axis + 1, depth)));
  const tuples = reshaped(emit, indices, [count, depth]);
  const places =
    depth === 1
      ? tuples
      : emit.op('ReduceSum', [emit.op('Mul', [tuples, emit.int32(strides)]), emit.int64([1])], { keepdims: 0 });
  const width = sizeOf(shape.slice(depth));
  return { places: reshaped(emit, places, [count]), count, width, numSegments: sizeOf(shape.slice(0, depth)) };
}

/** Zeros, to which every update is added. */
const scatterNd: Kernel = {
  infer: ({ updates }, { shape }: { shape: number[] }) => [{ shape, dtype: updates!.dtype }],
  lower: (emit, { names, inputs, outputs }) => {
    const { shape, dtype } = outputs[0]!;
    if (sizeOf(inputs.updates!.shape) === 0) return [filled(emit, 0, outputs[0]!)];
    const { places, ...sizes } = rowsOf(emit, names.indices!, inputs.indices!, shape);
    return [reshaped(emit, sumRows(emit, names.updates!, places, sizes, dtype), shape)];
  },
};

/** As a type for which ONNX Runtime has all operations. */
const working = (emit: Emitter, name: string, dtype: ValueType) =>
  dtype === 'bool' ? castTo(emit, name, 'int32') : name;
/** And back. */
const worked = (emit: Emitter, name: string, dtype: ValueType) => (dtype === 'bool' ? castTo(emit, name, dtype) : name);

/**
 * `base` with rows replaced by updates, of several for one row by the last, as in tfjs: the largest number of an update per row is found
 * first, which does not depend on the order of the threads, and its row is read then.
 */
function replaced(
  emit: Emitter,
  { base, updates, indices }: { readonly base: string; readonly updates: string; readonly indices: string },
  specs: { readonly updates: Spec; readonly indices: Spec; readonly output: Spec },
): string {
  const { shape, dtype } = specs.output;
  const { places, count, width, numSegments } = rowsOf(emit, indices, specs.indices, shape);
  const rows = working(emit, base, dtype);
  if (count === 0) return castTo(emit, emit.op('Expand', [rows, emit.int64(shape)]), dtype);
  const place = emit.op('Where', [isSegment(emit, places, numSegments), places, emit.int32([numSegments], [])]);
  const none = emit.op('Expand', [emit.int32([-1], []), emit.int64([numSegments + 1])]);
  const order = emit.int32([...Array(count).keys()]);
  const latest = emit.op('ScatterElements', [none, place, order], { axis: 0, reduction: 'max' });
  const last = emit.op('Slice', [latest, emit.int64([0]), emit.int64([numSegments]), emit.int64([0])]);
  const isWritten = reshaped(emit, emit.op('GreaterOrEqual', [last, emit.int32([0], [])]), [numSegments, 1]);
  const isShared = sizeOf(specs.updates.shape) < count * width; // one value for all
  const given = working(emit, updates, dtype);
  const all = isShared ? emit.op('Expand', [given, emit.int64([count, width])]) : reshaped(emit, given, [count, width]);
  const written = emit.op('Gather', [all, emit.op('Max', [last, emit.int32([0], [])])], { axis: 0 });
  const whole = reshaped(emit, emit.op('Expand', [rows, emit.int64(shape)]), [numSegments, width]);
  return worked(emit, reshaped(emit, emit.op('Where', [isWritten, written, whole]), shape), dtype);
}

/**
 * A copy with the new rows in it. Where an index occurs twice, every place writes the update of the
 * last one, as in tfjs: equal values may race.
 */
const tensorScatterUpdate: Kernel = {
  infer: ({ tensor }) => [{ shape: tensor!.shape, dtype: tensor!.dtype }],
  lower: (emit, { names, inputs, outputs }) => {
    const { shape, dtype } = outputs[0]!;
    const { places, count, width, numSegments } = rowsOf(emit, names.indices!, inputs.indices!, shape);
    const base = working(emit, names.tensor!, dtype);
    if (count * width * numSegments === 0) return [worked(emit, emit.op('Expand', [base, emit.int64(shape)]), dtype)];
    const none = filled(emit, -1, { shape: [numSegments], dtype: 'int32' });
    const order = emit.int32([...Array(count).keys()]);
    const latest = emit.op('ScatterElements', [none, places, order], { axis: 0, reduction: 'max' });
    const rows = reshaped(emit, working(emit, names.updates!, dtype), [count, width]);
    const last = emit.op('Gather', [rows, emit.op('Gather', [latest, places], { axis: 0 })], { axis: 0 });
    const depth = inputs.indices!.shape.length < 2 ? 1 : inputs.indices!.shape.at(-1)!;
    const tuples = emit.op('Cast', [reshaped(emit, names.indices!, [count, depth])], { to: 7 });
    const written = emit.op('ScatterND', [base, tuples, reshaped(emit, last, [count, ...shape.slice(depth)])]);
    return [worked(emit, written, dtype)];
  },
};

const sparseToDense: Kernel = {
  infer: ({ sparseValues }, { outputShape }: { outputShape: number[] }) => [
    { shape: outputShape, dtype: sparseValues!.dtype },
  ],
  lower: (emit, { names, inputs, outputs }) => [
    replaced(
      emit,
      { base: names.defaultValue!, updates: names.sparseValues!, indices: names.sparseIndices! },
      { updates: inputs.sparseValues!, indices: inputs.sparseIndices!, output: outputs[0]! },
    ),
  ],
};

type Counting = { readonly size: number; readonly binaryOutput?: boolean };

/** How often each number below `size` occurs in each row, or the sum of its weights; with `binaryOutput`, whether it occurs. */
const binCount: Kernel = {
  infer: ({ x, weights }, { size }: Counting) => [{ shape: [...x!.shape.slice(0, -1), size], dtype: weights!.dtype }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { size, binaryOutput } = attributes as Counting;
    const { shape } = inputs.x!;
    const { dtype } = outputs[0]!;
    const count = sizeOf(shape);
    const rows = sizeOf(shape.slice(0, -1));
    if (count === 0) return [filled(emit, 0, outputs[0]!)];
    const isWeighted = !binaryOutput && sizeOf(inputs.weights!.shape) > 0;
    const added = isWeighted ? names.weights! : filled(emit, 1, { shape, dtype });
    const sizes = { count, width: 1, numSegments: rows * size };
    const sums = sumRows(emit, added, reshaped(emit, placed(emit, names.x!, shape, rows, size), [count]), sizes, dtype);
    const counts = reshaped(emit, sums, outputs[0]!.shape);
    return [binaryOutput ? emit.op('Min', [counts, filled(emit, 1, { shape: [], dtype })]) : counts];
  },
};

/** Which bin of all rows together each entry belongs to; −1 where it is none of its row. */
function placed(emit: Emitter, x: string, shape: readonly number[], rows: number, size: number): string {
  const starts = emit.int32(
    Array.from({ length: rows }, (_, row) => row * size),
    [...shape.slice(0, -1), 1],
  );
  return emit.op('Where', [isSegment(emit, x, size), emit.op('Add', [x, starts]), emit.int32([-1], [])]);
}

export const scatters: Record<string, Kernel> = {
  Bincount: binCount,
  DenseBincount: binCount,
  ScatterNd: scatterNd,
  SparseToDense: sparseToDense,
  TensorScatterUpdate: tensorScatterUpdate,
};
