import type { ValueType } from '../graph.ts';
import { castTo, type Kernel, positiveAxes } from './kernel.ts';

/** Most reductions call their axes `axis`, Max calls them `reductionIndices`. */
type Axes = { axis?: number | number[]; reductionIndices?: number | number[]; keepDims?: boolean };

const axesOf = ({ axis, reductionIndices }: Axes, rank: number): number[] => positiveAxes(axis ?? reductionIndices, rank);

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

const arg = (type: 'ArgMax' | 'ArgMin'): Kernel => ({
  infer: ({ x }, attributes: Axes) => [{ shape: reduced(x!.shape, attributes), dtype: 'int32' }],
  lower: (emit, { names, inputs, attributes }) => {
    const [axis] = axesOf(attributes as Axes, inputs.x!.shape.length);
    return [castTo(emit, emit.op(type, [names.x!], { axis: axis!, keepdims: 0 }), 'int32')];
  },
});

const cumsum: Kernel = {
  infer: ({ x }) => [{ shape: x!.shape, dtype: x!.dtype }],
  lower: (emit, { names, attributes }) => {
    const { axis, exclusive, reverse } = attributes as { axis: number; exclusive: boolean; reverse: boolean };
    return [emit.op('CumSum', [names.x!, emit.int64([axis], [])], { exclusive: exclusive ? 1 : 0, reverse: reverse ? 1 : 0 })];
  },
};

const softmax = (type: 'Softmax' | 'LogSoftmax'): Kernel => ({
  infer: (inputs) => [{ shape: (inputs.logits ?? inputs.x)!.shape, dtype: 'float32' }],
  lower: (emit, { names, attributes, outputs }) => {
    const { dim, axis } = attributes as { dim?: number; axis?: number };
    return [emit.op(type, [(names.logits ?? names.x)!], { axis: positiveAxes(dim ?? axis ?? -1, outputs[0]!.shape.length)[0]! })];
  },
});

export const reductions: Record<string, Kernel> = {
  All: reduce('ReduceMin'),
  Any: reduce('ReduceMax'),
  ArgMax: arg('ArgMax'),
  ArgMin: arg('ArgMin'),
  Cumsum: cumsum,
  LogSoftmax: softmax('LogSoftmax'),
  Max: reduce('ReduceMax'),
  Mean: reduce('ReduceMean', 'float32'),
  Min: reduce('ReduceMin'),
  Prod: reduce('ReduceProd'),
  Softmax: softmax('Softmax'),
  Sum: {
    ...reduce('ReduceSum'),
    infer: ({ x }, attributes: Axes) => [
      { shape: reduced(x!.shape, attributes), dtype: x!.dtype === 'bool' ? 'int32' : x!.dtype },
    ],
  },
};
