import { backend_util } from '@tensorflow/tfjs-core';
import type { Attributes, Spec } from '../graph.ts';
import { convolutions } from './conv.ts';
import { type Sliding, spread, tap } from './conv-window.ts';
import type { Emitter, Kernel } from './kernel.ts';
import { reshaped } from './shape.ts';

/* A convolution over volumes is a sum of convolutions over images: one for each slice of the filter, of the images that it meets. */

type Triple = [number, number, number];
type Shape5 = [number, number, number, number, number];

type VolumeAttributes = {
  readonly strides: number | Triple;
  readonly pad: 'same' | 'valid';
  readonly dilations?: number | Triple;
};

const shape5 = ({ shape }: Spec) => [...shape] as Shape5;

/** The window along the depth, and the attributes of the convolution over images. */
function plan(xShape: Shape5, filterShape: Shape5, { strides, pad, dilations }: VolumeAttributes) {
  const info = backend_util.computeConv3DInfo(xShape, filterShape, strides, dilations ?? 1, pad);
  const { front, top, bottom, left, right } = info.padInfo;
  const reach = (info.outDepth - 1) * info.strideDepth + (info.filterDepth - 1) * info.dilationDepth + 1;
  const depth: Sliding = {
    length: info.inDepth,
    count: info.outDepth,
    size: info.filterDepth,
    stride: info.strideDepth,
    dilation: info.dilationDepth,
    before: front,
    after: reach - front - info.inDepth,
  };
  const image = {
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pad: [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    dataFormat: 'NHWC',
  };
  return { depth, image, outShape: info.outShape as Shape5 };
}

/** A volume as a batch of images. */
const images = ([batch, depth, height, width, channels]: Shape5) => [batch * depth, height, width, channels];

/** For each slice of the filter the images of `x` that it meets. */
function met(emit: Emitter, x: string, [batch, , height, width, channels]: Shape5, depth: Sliding): string[] {
  const pads = [0, depth.before, 0, 0, 0, 0, Math.max(0, depth.after), 0, 0, 0];
  const padded = pads.every((pad) => pad === 0) ? x : emit.op('Pad', [x, emit.int64(pads)]);
  const shape = images([batch, depth.count, height, width, channels]);
  return Array.from({ length: depth.size }, (_, index) => reshaped(emit, tap(emit, padded, 1, depth, index), shape));
}

const slices = (emit: Emitter, filter: string, count: number) =>
  Array.from({ length: count }, (_, index) => emit.op('Gather', [filter, emit.int64([index], [])], { axis: 0 }));

/** The kernel for images of this name, on float32. */
function onImages(
  emit: Emitter,
  kernel: string,
  given: Readonly<Record<string, readonly [name: string, shape: readonly number[]]>>,
  attributes: Attributes,
  shape: readonly number[],
): string {
  const part = <T>(pick: (entry: readonly [string, readonly number[]]) => T) =>
    Object.fromEntries(Object.entries(given).map(([name, entry]) => [name, pick(entry)]));
  const [result] = convolutions[kernel]!.lower(emit, {
    inputs: part(([, size]): Spec => ({ shape: size, dtype: 'float32' })),
    names: part(([name]) => name),
    attributes,
    outputs: [{ shape, dtype: 'float32' }],
    producer: () => undefined,
  });
  return result!;
}

const conv3D: Kernel = {
  infer: ({ x, filter }, attributes: VolumeAttributes) => [
    { shape: plan(shape5(x!), shape5(filter!), attributes).outShape, dtype: 'float32' },
  ],
  lower: (emit, { names, inputs, attributes }) => {
    const [xShape, filterShape] = [shape5(inputs.x!), shape5(inputs.filter!)];
    const { depth, image, outShape } = plan(xShape, filterShape, attributes as VolumeAttributes);
    const shape = images([xShape[0], depth.count, xShape[2], xShape[3], xShape[4]]);
    const filters = slices(emit, names.filter!, depth.size);
    const terms = met(emit, names.x!, xShape, depth).map((x, index) =>
      onImages(
        emit,
        'Conv2D',
        { x: [x, shape], filter: [filters[index]!, filterShape.slice(1)] },
        image,
        images(outShape),
      ),
    );
    return [reshaped(emit, emit.op('Sum', terms), outShape)];
  },
};

const conv3DFilter: Kernel = {
  infer: (_, { filterShape }: { filterShape: number[] }) => [{ shape: filterShape, dtype: 'float32' }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const [xShape, filterShape] = [shape5(inputs.x!), shape5(outputs[0]!)];
    const { depth, image, outShape } = plan(xShape, filterShape, attributes as VolumeAttributes);
    const shape = images([xShape[0], depth.count, xShape[2], xShape[3], xShape[4]]);
    const slice = filterShape.slice(1);
    const dy = reshaped(emit, names.dy!, images(outShape));
    const gradients = met(emit, names.x!, xShape, depth).map((x) => {
      const given = { x: [x, shape], dy: [dy, images(outShape)] } as const;
      const gradient = onImages(emit, 'Conv2DBackpropFilter', given, { ...image, filterShape: slice }, slice);
      return reshaped(emit, gradient, [1, ...slice]);
    });
    return [emit.op('Concat', gradients, { axis: 0 })];
  },
};

const conv3DInput: Kernel = {
  infer: (_, { inputShape }: { inputShape: number[] }) => [{ shape: inputShape, dtype: 'float32' }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const [xShape, filterShape] = [shape5(outputs[0]!), shape5(inputs.filter!)];
    const { depth, image, outShape } = plan(xShape, filterShape, attributes as VolumeAttributes);
    const [batch, , height, width, channels] = xShape;
    const metShape: Shape5 = [batch, depth.count, height, width, channels];
    const dy = reshaped(emit, names.dy!, images(outShape));
    const parts = slices(emit, names.filter!, depth.size).map((filter) => {
      const given = { dy: [dy, images(outShape)], filter: [filter, filterShape.slice(1)] } as const;
      const inputShape = images(metShape);
      return reshaped(
        emit,
        onImages(emit, 'Conv2DBackpropInput', given, { ...image, inputShape }, inputShape),
        metShape,
      );
    });
    return [spread(emit, parts, metShape, 1, depth)];
  },
};

export const volumeConvolutions: Record<string, Kernel> = {
  Conv3D: conv3D,
  Conv3DBackpropFilterV2: conv3DFilter,
  Conv3DBackpropInputV2: conv3DInput,
};
