import { sizeOf } from '@polytask/base';
import type { ValueType } from '../graph.ts';
import { type Call, castTo, type Emitter, type Kernel, number, positiveAxes } from './kernel.ts';
import { filled, reshaped } from './shape.ts';

/** Most reductions call their axes `axis`, Max calls them `reductionIndices`. */
type Axes = { axis?: number | number[]; reductionIndices?: number | number[]; keepDims?: boolean };

const axesOf = ({ axis, reductionIndices }: Axes, rank: number): number[] =>
  positiveAxes(axis ?? reductionIndices, rank);

const reduced = (shape: readonly number[], attributes: Axes): number[] => {
  const axes = axesOf(attributes, shape.length);
  return shape.flatMap((size, index) => (axes.includes(index) ? (attributes.keepDims ? [1] : []) : [size]));
};

/** A reduction; booleans, for which ONNX Runtime has none, are reduced as integers. */
const reduce = (type: string, dtype?: ValueType): Kernel => ({
  infer: ({ x }, attributes: Axes) => [{ shape: reduced(x!.shape, attributes), dtype: dtype ?? x!.dtype }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { keepDims } = attributes as Axes;
    const { shape, dtype: from } = inputs.x!;
    const axes = axesOf(attributes as Axes, shape.length);
    const work = from === 'bool' ? castTo(emit, names.x!, 'int32') : names.x!;
    const float = type === 'ReduceMean' && from !== 'float32' ? castTo(emit, work, 'float32') : work;
    // no axes would mean all of them
    const result = axes.length === 0 ? float : emit.op(type, [float, emit.int64(axes)], { keepdims: keepDims ? 1 : 0 });
    return [from === 'bool' && outputs[0]!.dtype === 'bool' ? castTo(emit, result, 'bool') : result];
  },
});

/**
 * Sums over leading axes, such as the gradient of a bias, are a product with a row of ones, which runs on all threads.
 *
 * @param isMean to divide them by the number of rows. The runtime does that within the product.
 */
function columnSums(emit: Emitter, { inputs, names, attributes, outputs }: Call, isMean = false): string | undefined {
  const { shape, dtype } = inputs.x!;
  const axes = axesOf(attributes as Axes, shape.length);
  const columns = sizeOf(shape.slice(axes.length));
  const isLeading = axes.length > 0 && axes.length < shape.length && axes.every((axis, index) => axis === index);
  if (dtype !== 'float32' || !isLeading || columns < 8 || sizeOf(shape) === 0) return undefined;
  const rows = sizeOf(shape.slice(0, axes.length));
  const ones = filled(emit, 1, { shape: [rows], dtype: 'float32' });
  const sums = emit.op('MatMul', [ones, reshaped(emit, names.x!, [rows, columns])]);
  const result = isMean ? emit.op('Div', [sums, number(emit, rows)]) : sums;
  return String(outputs[0]!.shape) === String([columns]) ? result : reshaped(emit, result, outputs[0]!.shape);
}

const arg = (type: 'ArgMax' | 'ArgMin'): Kernel => ({
  infer: ({ x }, attributes: Axes) => [{ shape: reduced(x!.shape, attributes), dtype: 'int32' }],
  lower: (emit, { names, inputs, attributes }) => {
    const [axis] = axesOf(attributes as Axes, inputs.x!.shape.length);
    const x = inputs.x!.dtype === 'bool' ? castTo(emit, names.x!, 'int32') : names.x!;
    return [castTo(emit, emit.op(type, [x], { axis: axis!, keepdims: 0 }), 'int32')];
  },
});

type Running = { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };

const running: Kernel['infer'] = ({ x }) => [{ shape: x!.shape, dtype: x!.dtype === 'bool' ? 'int32' : x!.dtype }];

const cumsum: Kernel = {
  infer: running,
  lower: (emit, { names, inputs, attributes }) => {
    const { axis, exclusive, reverse } = attributes as Running;
    const x = inputs.x!.dtype === 'bool' ? castTo(emit, names.x!, 'int32') : names.x!;
    return [emit.op('CumSum', [x, emit.int64([axis], [])], { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 })];
  },
};

/** ONNX has no running product: each entry is the product of those that a triangular matrix selects, others count as 1. */
const cumprod: Kernel = {
  infer: running,
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { axis, exclusive, reverse } = attributes as Running;
    const { shape } = inputs.x!;
    const { dtype } = outputs[0]!;
    const at = positiveAxes(axis, shape.length)[0]!;
    const length = shape[at]!;
    const places = emit.int32([...Array(length).keys()]);
    const ends = reshaped(emit, places, [length, ...shape.slice(at).map(() => 1)]);
    const starts = reshaped(emit, places, [length, ...shape.slice(at + 1).map(() => 1)]);
    const compare = `${reverse ? 'Greater' : 'Less'}${exclusive ? '' : 'OrEqual'}`;
    const x = castTo(emit, reshaped(emit, names.x!, [...shape.slice(0, at), 1, ...shape.slice(at)]), dtype);
    const one = dtype === 'float32' ? emit.float([1], []) : emit.int32([1], []);
    const factors = emit.op('Where', [emit.op(compare, [starts, ends]), x, one]);
    return [emit.op('ReduceProd', [factors, emit.int64([at + 1])], { keepdims: 0 })];
  },
};

export const reductions: Record<string, Kernel> = {
  All: reduce('ReduceMin'),
  // the sum, not the largest, which over nothing is not 0
  Any: reduce('ReduceSum'),
  ArgMax: arg('ArgMax'),
  ArgMin: arg('ArgMin'),
  Cumprod: cumprod,
  Cumsum: cumsum,
  Max: reduce('ReduceMax'),
  Mean: {
    ...reduce('ReduceMean', 'float32'),
    lower: (emit, call) => {
      const columns = columnSums(emit, call, true);
      return columns ? [columns] : reduce('ReduceMean', 'float32').lower(emit, call);
    },
  },
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  Sum: {
    lower: (emit, call) => {
      const columns = columnSums(emit, call);
      if (columns) return [columns];
      const squares = call.producer('x');
      const isReduced = axesOf(call.attributes as Axes, call.inputs.x!.shape.length).length > 0;
      if (squares?.kernel !== 'Square' || call.inputs.x!.dtype !== 'float32' || !isReduced)
        return reduce('ReduceSum').lower(emit, call);
      return reduce('ReduceSumSquare').lower(emit, { ...call, names: squares.names });
    },
    infer: ({ x }, attributes: Axes) => [
      { shape: reduced(x!.shape, attributes), dtype: x!.dtype === 'bool' ? 'int32' : x!.dtype },
    ],
  },
};
