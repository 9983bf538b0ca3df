import { backwards, convolve, flipped, spreadBoth } from './conv.ts';
import { axesOf, convInfo, paddedFor, type Shape4, shape4, tap, type WindowAttributes } from './conv-window.ts';
import type { Call, Emitter, Kernel } from './kernel.ts';
import { reshaped } from './shape.ts';

/* Every channel has filters of its own: [height, width, channels, multiplier]. */

const filtersFirst = (emit: Emitter, filter: string) => emit.op('Transpose', [filter], { perm: [2, 3, 0, 1] });

export function lowerDepthwise(emit: Emitter, { names, inputs, attributes }: Call): string {
  const [height, width, channels, multiplier] = shape4(inputs.filter!);
  const axes = axesOf(convInfo(inputs.x!.shape, inputs.filter!.shape, attributes as WindowAttributes, true));
  const filter = reshaped(emit, filtersFirst(emit, names.filter!), [channels * multiplier, 1, height, width]);
  return convolve(emit, names.x!, filter, axes, channels);
}

const axesOfGradient = (
  shape: readonly number[],
  filterShape: readonly number[],
  dyShape: readonly number[],
  attributes: unknown,
) => axesOf(convInfo(shape, filterShape, attributes as WindowAttributes, true), [dyShape[1]!, dyShape[2]!]);

const backpropInput: Kernel = {
  infer: (_, { inputShape }: { inputShape: number[] }) => [{ shape: inputShape, dtype: 'float32' }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const [height, width, channels, multiplier] = shape4(inputs.filter!);
    const dyShape = inputs.dy!.shape;
    const axes = axesOfGradient(outputs[0]!.shape, inputs.filter!.shape, dyShape, attributes);
    if (axes.every(({ stride }) => stride === 1)) {
      return [convolve(emit, names.dy!, filtersFirst(emit, flipped(emit, names.filter!)), backwards(axes), channels)];
    }
    const tapShape: Shape4 = [dyShape[0]!, dyShape[1]!, dyShape[2]!, channels];
    const places = reshaped(emit, names.filter!, [height * width, channels * multiplier]);
    const taps = Array.from({ length: height * width }, (_, index) => {
      const product = emit.op('Mul', [names.dy!, emit.op('Gather', [places, emit.int64([index], [])], { axis: 0 })]);
      if (multiplier === 1) return product;
      return emit.op('ReduceSum', [reshaped(emit, product, [...tapShape, multiplier]), emit.int64([4])], {
        keepdims: 0,
      });
    });
    return [spreadBoth(emit, taps, tapShape, axes)];
  },
};

const backpropFilter: Kernel = {
  infer: (_, { filterShape }: { filterShape: number[] }) => [{ shape: filterShape, dtype: 'float32' }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const [height, width, channels, multiplier] = shape4(outputs[0]!);
    const dyShape = inputs.dy!.shape;
    const [rows, columns] = axesOfGradient(inputs.x!.shape, outputs[0]!.shape, dyShape, attributes);
    const count = dyShape[0]! * dyShape[1]! * dyShape[2]!;
    const x = paddedFor(emit, names.x!, [rows, columns]);
    const dy = reshaped(emit, names.dy!, [count, channels, multiplier]);
    const gradients = Array.from({ length: height * width }, (_, index) => {
      const row = tap(emit, x, 1, rows, Math.floor(index / width));
      const seen = reshaped(emit, tap(emit, row, 2, columns, index % width), [count, channels, 1]);
      const products = reshaped(emit, emit.op('Mul', [seen, dy]), [count, channels * multiplier]);
      return emit.op('ReduceSum', [products, emit.int64([0])], { keepdims: 1 });
    });
    return [reshaped(emit, emit.op('Concat', gradients, { axis: 0 }), outputs[0]!.shape)];
  },
};

export const depthwiseConvolutions: Record<string, Kernel> = {
  DepthwiseConv2dNative: {
    infer: ({ x, filter }, attributes: WindowAttributes) => [
      { shape: convInfo(x!.shape, filter!.shape, attributes, true).outShape, dtype: 'float32' },
    ],
    lower: (emit, call) => [lowerDepthwise(emit, call)],
  },
  DepthwiseConv2dNativeBackpropFilter: backpropFilter,
  DepthwiseConv2dNativeBackpropInput: backpropInput,
};
