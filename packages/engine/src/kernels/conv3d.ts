import { backend_util } from '@tensorflow/tfjs-core';
import type { Attributes, Spec } from '../graph.ts';
import { convolutions } from './conv.ts';
import { type Sliding, spread, tap } from './conv-window.ts';
import type { Emitter, Kernel } from './kernel.ts';
import { reshaped } from './shape.ts';
import { type Shape5, shape5, skip, type Triple, unskip, windowsOf, withoutSkipped } from './volume.ts';

/* A convolution over volumes is a sum of convolutions over images: one for each slice of the filter, of the images that it meets. */

type VolumeAttributes = {
  readonly strides: number | Triple;
  readonly pad: 'same' | 'valid';
  readonly dilations?: number | Triple;
};

const infoOf = (xShape: Shape5, filterShape: Shape5, { strides, pad, dilations }: VolumeAttributes) =>
  backend_util.computeConv3DInfo(xShape, filterShape, strides, dilations ?? 1, pad);

/** The window along the depth, the attributes of the convolution over images, and the volume without what no window sees. */
function plan(xShape: Shape5, filterShape: Shape5, attributes: VolumeAttributes) {
  const info = infoOf(xShape, filterShape, attributes);
  const windows = windowsOf(info);
  const [depth, rows, columns] = withoutSkipped(windows);
  const around = ({ before, after }: Sliding) => [before, Math.max(0, after)];
  const image = {
    strides: [rows.stride, columns.stride],
    dilations: [rows.dilation, columns.dilation],
    pad: [[0, 0], around(rows), around(columns), [0, 0]],
    dataFormat: 'NHWC',
  };
  const seen: Shape5 = [xShape[0], depth.length, rows.length, columns.length, xShape[4]];
  return { windows, depth, image, seen, outShape: info.outShape as Shape5 };
}

/** A volume as a batch of images. */
const images = ([batch, depth, height, width, channels]: Shape5) => [batch * depth, height, width, channels];

/** What one slice of the filter meets. */
const metShape = ([batch, , height, width, channels]: Shape5, { count }: Sliding): Shape5 => [
  batch,
  count,
  height,
  width,
  channels,
];

/** For each slice of the filter the images of `x` that it meets. */
function met(emit: Emitter, x: string, seen: Shape5, depth: Sliding): string[] {
  const pads = [0, depth.before, 0, 0, 0, 0, Math.max(0, depth.after), 0, 0, 0];
  const padded = pads.every((pad) => pad === 0) ? x : emit.op('Pad', [x, emit.int64(pads)]);
  const shape = images(metShape(seen, depth));
  return Array.from({ length: depth.size }, (_, index) => reshaped(emit, tap(emit, padded, 1, depth, index), shape));
}

const slices = (emit: Emitter, filter: string, count: number) =>
  Array.from({ length: count }, (_, index) => emit.op('Gather', [filter, emit.int64([index], [])], { axis: 0 }));

type Named = readonly [name: string, shape: readonly number[]];

/** The kernel for images of this name, on float32. */
function onImages(
  emit: Emitter,
  kernel: string,
  given: Readonly<Record<string, Named>>,
  attributes: Attributes,
  shape: readonly number[],
): string {
  const part = <T>(pick: (entry: Named) => T) =>
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
    { shape: infoOf(shape5(x!), shape5(filter!), attributes).outShape, dtype: 'float32' },
  ],
  lower: (emit, { names, inputs, attributes }) => {
    const filterShape = shape5(inputs.filter!);
    const { windows, depth, image, seen, outShape } = plan(
      shape5(inputs.x!),
      filterShape,
      attributes as VolumeAttributes,
    );
    const filters = slices(emit, names.filter!, depth.size);
    const terms = met(emit, skip(emit, names.x!, windows), seen, depth).map((x, index) => {
      const given = {
        x: [x, images(metShape(seen, depth))],
        filter: [filters[index]!, filterShape.slice(1)],
      } as const;
      return onImages(emit, 'Conv2D', given, image, images(outShape));
    });
    return [reshaped(emit, emit.op('Sum', terms), outShape)];
  },
};

const conv3DFilter: Kernel = {
  infer: (_, { filterShape }: { filterShape: number[] }) => [{ shape: filterShape, dtype: 'float32' }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const filterShape = shape5(outputs[0]!);
    const { windows, depth, image, seen, outShape } = plan(
      shape5(inputs.x!),
      filterShape,
      attributes as VolumeAttributes,
    );
    const slice = filterShape.slice(1);
    const dy = reshaped(emit, names.dy!, images(outShape));
    const gradients = met(emit, skip(emit, names.x!, windows), seen, depth).map((x) => {
      const given = { x: [x, images(metShape(seen, depth))], dy: [dy, images(outShape)] } as const;
      const gradient = onImages(emit, 'Conv2DBackpropFilter', given, { ...image, filterShape: slice }, slice);
      return reshaped(emit, gradient, [1, ...slice]);
    });
    return [emit.op('Concat', gradients, { axis: 0 })];
  },
};

const conv3DInput: Kernel = {
  infer: (_, { inputShape }: { inputShape: number[] }) => [{ shape: inputShape, dtype: 'float32' }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const filterShape = shape5(inputs.filter!);
    const { windows, depth, image, seen, outShape } = plan(
      shape5(outputs[0]!),
      filterShape,
      attributes as VolumeAttributes,
    );
    const shape = metShape(seen, depth);
    const dy = reshaped(emit, names.dy!, images(outShape));
    const parts = slices(emit, names.filter!, depth.size).map((filter) => {
      const given = { dy: [dy, images(outShape)], filter: [filter, filterShape.slice(1)] } as const;
      const inputShape = images(shape);
      const part = onImages(emit, 'Conv2DBackpropInput', given, { ...image, inputShape }, inputShape);
      return reshaped(emit, part, shape);
    });
    return [unskip(emit, spread(emit, parts, shape, 1, depth), windows)];
  },
};

export const volumeConvolutions: Record<string, Kernel> = {
  Conv3D: conv3D,
  Conv3DBackpropFilterV2: conv3DFilter,
  Conv3DBackpropInputV2: conv3DInput,
};
