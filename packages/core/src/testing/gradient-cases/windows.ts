import { hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from './draws.ts';
import { type GradientCase, gradientCase, smoothly } from './gradient-case.ts';

type Pad = 'same' | 'valid' | number;
type Pair = [number, number];

const pads = (random: Draws, size: number): Pad => random.among<Pad>('same', 'valid', Math.min(1, size - 1));

const kernelOf = (name: string, inputs: Record<string, tf.Tensor>, attributes: object) =>
  tf.engine().runKernel(name, inputs, attributes as never) as tf.Tensor;

/** Strides or dilations, never both. */
const steps = (random: Draws, dilated: boolean): { strides: Pair; dilations: Pair } => {
  const pair: Pair = [random.whole(1, 2), random.whole(1, 2)];
  return dilated ? { strides: [1, 1], dilations: [2, pair[1]] } : { strides: pair, dilations: [1, 1] };
};

const conv2d = (title: string, dilated: boolean, dataFormat: 'NHWC' | 'NCHW') =>
  gradientCase(
    tf.Conv2D,
    title,
    (random) => {
      const [height, width, channels] = [random.whole(4, 5), random.whole(3, 4), random.whole(1, 2)];
      const { strides, dilations } = steps(random, dilated);
      const [rows, columns] = [random.whole(1, 2), random.whole(1, 2)];
      const pad = pads(random, Math.min(rows, columns));
      const shape = dataFormat === 'NHWC' ? [2, height, width, channels] : [2, channels, height, width];
      return {
        inputs: { x: random.reals(shape), filter: random.reals([rows, columns, channels, random.whole(1, 2)]) },
        evaluate: ({ x, filter }) =>
          tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, dataFormat, dilations),
      };
    },
    { smooth: dataFormat === 'NHWC' },
  );

const depthwise = (title: string, dilated: boolean) =>
  gradientCase(
    tf.DepthwiseConv2dNative,
    title,
    (random) => {
      const channels = random.whole(1, 2);
      const { strides, dilations } = steps(random, dilated);
      const [rows, columns] = [random.whole(1, 2), random.whole(1, 2)];
      const pad = pads(random, Math.min(rows, columns));
      return {
        inputs: {
          x: random.reals([2, 5, 4, channels]),
          filter: random.reals([rows, columns, channels, random.whole(1, 2)]),
        },
        evaluate: ({ x, filter }) =>
          tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, 'NHWC', dilations),
      };
    },
    smoothly,
  );

const conv3d = (title: string, dilated: boolean) =>
  gradientCase(tf.Conv3D, title, (random) => {
    const dilations: [number, number, number] = dilated ? [1, 2, random.whole(1, 2)] : [1, 1, 1];
    const pad = random.among('same', 'valid');
    const strides = dilated ? 1 : random.whole(1, 2);
    return {
      inputs: { x: random.reals([1, 3, 4, 3, 2]), filter: random.reals([2, random.whole(1, 2), 2, 2, 1]) },
      evaluate: ({ x, filter }) =>
        tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, strides, pad as 'same', 'NDHWC', dilations),
    };
  });

/** The gradient kernel of a convolution as a function of both its inputs. */
const backprop = (
  kernel: string,
  first: 'dy' | 'x',
  dy: readonly number[],
  x: readonly number[],
  filter: readonly number[],
) =>
  gradientCase(kernel, 'as a kernel of its own', (random) => ({
    inputs:
      first === 'dy'
        ? { dy: random.reals(dy), filter: random.reals(filter) }
        : { x: random.reals(x), dy: random.reals(dy) },
    evaluate: (tensors) =>
      kernelOf(kernel, tensors, {
        strides: 1,
        pad: 'same',
        dataFormat: 'NHWC',
        dilations: 1,
        inputShape: x,
        filterShape: filter,
      }),
  }));

const image = [1, 3, 3, 2];
const volume = [1, 2, 3, 2, 1];

type Pool = (x: tf.Tensor4D, size: Pair, strides: Pair, pad: Pad) => tf.Tensor;

const pool = (kernel: string, f: Pool, ties: 'smooth' | 'apart', rounding?: string) =>
  gradientCase(
    kernel,
    rounding ? `of sizes that do not fit, ${rounding}` : 'of windows that overlap',
    (random) => {
      const shape = [random.whole(1, 2), random.whole(3, 5), random.whole(3, 4), random.whole(1, 2)];
      const size: Pair = [random.whole(1, 3), random.whole(1, 3)];
      const strides: Pair = [random.whole(1, 2), random.whole(1, 2)];
      const pad = random.among<Pad>('same', 'valid');
      return {
        inputs: { x: ties === 'smooth' ? random.reals(shape) : random.apart(shape) },
        evaluate: ({ x }) => f((ties === 'smooth' ? tf.square(x!) : x) as tf.Tensor4D, size, strides, pad),
      };
    },
    { smooth: ties === 'smooth' },
  );

const pool3d = (kernel: string, f: (x: tf.Tensor5D) => tf.Tensor, title = 'of a volume') =>
  gradientCase(kernel, title, (random) => ({
    inputs: { x: random.apart([1, 2, 3, 4, 2]) },
    evaluate: ({ x }) => f(x as tf.Tensor5D),
  }));

export const windowCases: readonly GradientCase[] = [
  conv2d('with strides', false, 'NHWC'),
  conv2d('with dilations', true, 'NHWC'),
  conv2d('of channels first, with strides', false, 'NCHW'),
  conv2d('of channels first, with dilations', true, 'NCHW'),
  ...(['floor', 'ceil'] as const).flatMap((rounding) => [
    gradientCase(tf.Conv2D, `of sizes that do not fit, ${rounding}`, (random) => ({
      inputs: { x: random.reals([1, 6, 4, 2]), filter: random.reals([3, 2, 2, 1]) },
      evaluate: ({ x, filter }) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 2, 1, 'NHWC', 1, rounding),
    })),
    pool(tf.MaxPool, (x) => tf.maxPool(x, 3, 2, 1, rounding), 'apart', rounding),
    pool(tf.AvgPool, (x) => tf.avgPool(x, 3, 2, 1, rounding), 'smooth', rounding),
  ]),
  depthwise('with strides', false),
  depthwise('with dilations', true),
  conv3d('with strides', false),
  conv3d('with dilations', true),
  backprop(tf.Conv2DBackpropInput, 'dy', [1, 3, 3, 1], image, [2, 2, 2, 1]),
  backprop(tf.Conv2DBackpropFilter, 'x', [1, 3, 3, 1], image, [2, 2, 2, 1]),
  backprop(tf.DepthwiseConv2dNativeBackpropInput, 'dy', image, image, [2, 2, 2, 1]),
  backprop(tf.DepthwiseConv2dNativeBackpropFilter, 'x', image, image, [2, 2, 2, 1]),
  backprop(tf.Conv3DBackpropInputV2, 'dy', volume, volume, [1, 2, 2, 1, 1]),
  backprop(tf.Conv3DBackpropFilterV2, 'x', volume, volume, [1, 2, 2, 1, 1]),
  pool(tf.MaxPool, tf.maxPool, 'apart'),
  pool(tf.AvgPool, tf.avgPool, 'smooth'),
  pool(tf.MaxPoolWithArgmax, (x, ...rest) => tf.maxPoolWithArgmax(x, ...rest).result!, 'apart'),
  pool(
    tf.AvgPoolGrad,
    (x, filterSize, strides, pad) => {
      const pooled = tf.avgPool(x, filterSize, strides, pad);
      return kernelOf(tf.AvgPoolGrad, { dy: tf.mul(pooled, pooled), input: x }, { filterSize, strides, pad });
    },
    'smooth',
  ),
  pool(
    tf.MaxPoolGrad,
    (x, filterSize, strides, pad) => {
      const output = tf.maxPool(x, filterSize, strides, pad);
      return kernelOf(tf.MaxPoolGrad, { dy: tf.mul(output, output), input: x, output }, { filterSize, strides, pad });
    },
    'apart',
  ),
  pool3d(tf.MaxPool3D, (x) => tf.maxPool3d(x, [1, 2, 2], [1, 1, 2], 'same')),
  pool3d(tf.MaxPool3D, (x) => tf.maxPool3d(x, [2, 1, 3], [1, 2, 1], 'same'), 'by windows of three sizes'),
  pool3d(tf.AvgPool3D, (x) => tf.avgPool3d(x, [2, 2, 2], [1, 1, 2], 'same')),
  pool3d(tf.AvgPool3DGrad, (x) => {
    const attributes = { filterSize: [1, 2, 2], strides: [1, 1, 2], pad: 'same' };
    const pooled = tf.avgPool3d(x, [1, 2, 2], [1, 1, 2], 'same');
    return kernelOf(tf.AvgPool3DGrad, { dy: tf.mul(pooled, pooled), input: x }, attributes);
  }),
  gradientCase(tf.Dilation2D, 'of grey values', (random) => ({
    inputs: {
      x: random.apart([1, 4, 3, 2]),
      filter: hostTensor(
        'float32',
        [2, 2, 2],
        Array.from({ length: 8 }, () => random.among(0, 0.05)),
      ),
    },
    evaluate: ({ x, filter }) => tf.dilation2d(x as tf.Tensor4D, filter as tf.Tensor3D, 1, 'same'),
  })),
  gradientCase(tf.LRN, 'across channels', (random) => ({
    inputs: { x: random.reals([1, 2, 2, 5]) },
    evaluate: ({ x }) => tf.localResponseNormalization(x as tf.Tensor4D, 2, 1, 0.5, 0.5),
  })),
  ...(['linear', 'sigmoid'] as const).flatMap((activation) => [
    gradientCase('FusedConv2D', `with a bias, ${activation}`, (random) => ({
      inputs: { x: random.reals([1, 3, 3, 2]), filter: random.reals([2, 2, 2, 2]), bias: random.reals([2]) },
      evaluate: ({ x, filter, bias }) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad: 'same',
          bias: bias!,
          activation,
        }),
    })),
    gradientCase('FusedDepthwiseConv2D', `with a bias, ${activation}`, (random) => ({
      inputs: { x: random.reals([1, 3, 3, 2]), filter: random.reals([2, 2, 2, 1]), bias: random.reals([2]) },
      evaluate: ({ x, filter, bias }) =>
        tf.fused.depthwiseConv2d({
          x: x as tf.Tensor4D,
          filter: filter as tf.Tensor4D,
          strides: 1,
          pad: 'same',
          bias: bias!,
          activation,
        }),
    })),
  ]),
];
