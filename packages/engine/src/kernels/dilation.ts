import { backend_util } from '@tensorflow/tfjs-core';
import type { Spec } from '../graph.ts';
import { spreadBoth } from './conv.ts';
import { type Axes, axesOf, paddedFor, shape4, tap } from './conv-window.ts';
import { type Call, castTo, type Emitter, type Kernel } from './kernel.ts';
import { toFirst } from './pool.ts';
import { reshaped } from './shape.ts';

/* Morphological dilation: the largest of x + filter in each window, for each channel on its own. */

type Attributes = {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number;
  readonly dilations?: number | [number, number];
};

const infoOf = (x: Spec, filter: Spec, { strides, pad, dilations }: Attributes) =>
  backend_util.computeDilation2DInfo(
    [...shape4(x)],
    filter.shape as [number, number, number],
    strides,
    pad,
    'NHWC',
    dilations ?? 1,
  );

/** What each tap of the filter sees, plus its entry of the filter, and the largest of them. Padding is below all. */
function sumsOf(emit: Emitter, { names, inputs, attributes }: Call) {
  const [height, width, channels] = inputs.filter!.shape as [number, number, number];
  const axes: Axes = axesOf(infoOf(inputs.x!, inputs.filter!, attributes as Attributes));
  const float = (name: 'x' | 'filter') =>
    inputs[name]!.dtype === 'float32' ? names[name]! : castTo(emit, names[name]!, 'float32');
  const x = paddedFor(emit, float('x'), axes, Number.NEGATIVE_INFINITY);
  const filter = reshaped(emit, float('filter'), [height * width, channels]);
  const sums = Array.from({ length: height * width }, (_, index) => {
    const columns = tap(emit, x, 2, axes[1], index % width);
    const seen = tap(emit, columns, 1, axes[0], Math.floor(index / width));
    return emit.op('Add', [seen, emit.op('Gather', [filter, emit.int64([index], [])], { axis: 0 })]);
  });
  return { axes, sums, largest: sums.length > 1 ? emit.op('Max', sums) : sums[0]! };
}

const as = (emit: Emitter, name: string, { dtype }: Spec) => (dtype === 'float32' ? name : castTo(emit, name, dtype));

const dilation: Kernel = {
  infer: ({ x, filter }, attributes: Attributes) => [
    { shape: infoOf(x!, filter!, attributes).outShape, dtype: x!.dtype },
  ],
  lower: (emit, call) => [as(emit, sumsOf(emit, call).largest, call.outputs[0]!)],
};

/** dy as every tap takes it: the first of equal largest sums has all. */
function taken(emit: Emitter, call: Call) {
  const { axes, sums, largest } = sumsOf(emit, call);
  const { dtype } = call.inputs.dy!;
  const dy = dtype === 'float32' ? call.names.dy! : castTo(emit, call.names.dy!, 'float32');
  return { axes, parts: toFirst(emit, sums, largest, dy) };
}

const dilationInput: Kernel = {
  infer: ({ x }) => [{ shape: x!.shape, dtype: x!.dtype }],
  lower: (emit, call) => {
    const { axes, parts } = taken(emit, call);
    return [as(emit, spreadBoth(emit, parts, shape4(call.inputs.dy!), axes), call.outputs[0]!)];
  },
};

const dilationFilter: Kernel = {
  infer: ({ filter }) => [{ shape: filter!.shape, dtype: filter!.dtype }],
  lower: (emit, call) => {
    const sums = taken(emit, call).parts.map((part) =>
      emit.op('ReduceSum', [part, emit.int64([0, 1, 2])], { keepdims: 0 }),
    );
    const filter = reshaped(emit, emit.op('Concat', sums, { axis: 0 }), call.outputs[0]!.shape);
    return [as(emit, filter, call.outputs[0]!)];
  },
};

export const dilations: Record<string, Kernel> = {
  Dilation2D: dilation,
  Dilation2DBackpropFilter: dilationFilter,
  Dilation2DBackpropInput: dilationInput,
};
