import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { count, integers, quarters, tensors, tensorsOf } from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

const small = (max: number) => fc.integer({ min: 1, max });
const pad = fc.constantFrom('same' as const, 'valid' as const);

type Pair = [number, number];
type Triple = [number, number, number];

const pair = (max: number) => fc.tuple(small(max), small(max));
const triple = (max: number) => fc.tuple(small(max), small(max), small(max));

/** Different numbers: of equal maxima tfjs takes now the first, now the last. */
const different = (shape: readonly number[]) => {
  const size = shape.reduce((product, length) => product * length, 1);
  return fc
    .shuffledSubarray([...Array(size).keys()], { minLength: size })
    .map((order) => ({ dtype: 'float32' as const, shape, data: Float32Array.from(order, (place) => place / 3 - 5) }));
};

const morphology = (dtype: 'float32' | 'int32') =>
  fc.tuple(count(2), pair(4), pair(3), count(2), fc.boolean()).chain(([batch, more, filter, channels, isDilated]) => {
    const image = more.map((size, axis) => size + 2 * filter[axis]!);
    return fc.record({
      inputs: fc.record({
        x: tensorsOf(dtype, [batch, ...image, channels]),
        filter: tensorsOf(dtype, [...filter, channels]),
      }),
      attributes: fc.record({ strides: pair(isDilated ? 1 : 3), dilations: pair(isDilated ? 2 : 1), pad }),
    });
  });

type Morphology = { strides: Pair; dilations: Pair; pad: 'same' | 'valid' };

const dilated = (x: tf.Tensor, filter: tf.Tensor, { strides, dilations, pad: padding }: Morphology) =>
  tf.dilation2d(x as tf.Tensor4D, filter as tf.Tensor3D, strides, padding, dilations);

const volumes = fc
  .tuple(count(2), triple(2), triple(3), pair(2), fc.boolean())
  .chain(([batch, more, filter, [inputs, outputs], isDilated]) => {
    const volume = more.map((size, axis) => size + filter[axis]! + (isDilated ? filter[axis]! : 0));
    return fc.record({
      inputs: fc.record({
        x: tensors([batch, ...volume, inputs], quarters),
        filter: tensors([...filter, inputs, outputs], quarters),
      }),
      attributes: fc.record({ strides: triple(isDilated ? 1 : 2), dilations: triple(isDilated ? 2 : 1), pad }),
    });
  });

const windows = (isCube: boolean, paddings: fc.Arbitrary<'same' | 'valid'>) =>
  fc.tuple(count(2), triple(3), triple(3), small(2)).chain(([batch, more, drawn, channels]) => {
    const filter: Triple = isCube ? [drawn[0], drawn[0], drawn[0]] : drawn;
    const volume = more.map((size, axis) => size + filter[axis]! - 1);
    return fc.record({
      inputs: fc.record({ x: different([batch, ...volume, channels]) }),
      attributes: fc.record({ filter: fc.constant(filter), strides: triple(2), pad: paddings }),
    });
  });

type Windows = { filter: Triple; strides: Triple; pad: 'same' | 'valid' };

const maxPool = ({ x }: { x: tf.Tensor }, { filter, strides, pad: padding }: Windows) =>
  tf.maxPool3d(x as tf.Tensor5D, filter, strides, padding);
const avgPool = ({ x }: { x: tf.Tensor }, { filter, strides, pad: padding }: Windows) =>
  tf.avgPool3d(x as tf.Tensor5D, filter, strides, padding);

const gradientOf = (pool: typeof maxPool) => (inputs: { x: tf.Tensor }, attributes: Windows) =>
  tf.grad((x) => tf.square(pool({ x }, attributes)))(inputs.x);

export const windowFamilies: readonly Family[] = [
  family({
    title: 'dilations',
    draws: morphology('float32'),
    expressions: {
      Dilation2D: ({ x, filter }, attributes) => dilated(x, filter, attributes),
      Dilation2DBackpropInput: ({ x, filter }, attributes) => tf.grad((leaf) => dilated(leaf, filter, attributes))(x),
      Dilation2DBackpropFilter: ({ x, filter }, attributes) => tf.grad((leaf) => dilated(x, leaf, attributes))(filter),
    },
  }),
  family({
    title: 'dilations of integers',
    draws: morphology('int32'),
    expressions: { Dilation2D: ({ x, filter }, attributes) => dilated(x, filter, attributes) },
  }),
  family({
    title: 'maxima of windows and their places',
    draws: fc.tuple(count(2), pair(3), pair(3), count(2)).chain(([batch, more, filter, channels]) =>
      fc.record({
        inputs: fc.record({
          x: tensors([batch, ...more.map((size, axis) => size + filter[axis]! - 1), channels], integers(-2, 2)),
        }),
        attributes: fc.record({ filter: fc.constant<Pair>(filter), strides: pair(3), pad, withBatch: fc.boolean() }),
      }),
    ),
    expressions: {
      MaxPoolWithArgmax: ({ x }, { filter, strides, pad: padding, withBatch }) => {
        const { result, indexes } = tf.maxPoolWithArgmax(x as tf.Tensor4D, filter, strides, padding, withBatch);
        return [result!, tf.cast(indexes!, 'int32')];
      },
    },
  }),
  family({
    title: 'convolutions over volumes',
    draws: volumes,
    expressions: {
      Conv3D: ({ x, filter }, { strides, dilations, pad: padding }) =>
        tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, strides, padding, 'NDHWC', dilations),
    },
  }),
  family({
    title: 'convolutions over volumes, forwards and backwards',
    draws: volumes,
    expressions: {
      Conv3D: ({ x, filter }, { strides, pad: padding }) =>
        tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, strides, padding),
      Conv3DBackpropInputV2: ({ x, filter }, { strides, pad: padding }) =>
        tf.grad((leaf) => tf.conv3d(leaf as tf.Tensor5D, filter as tf.Tensor5D, strides, padding))(x),
      Conv3DBackpropFilterV2: ({ x, filter }, { strides, pad: padding }) =>
        tf.grad((leaf) => tf.conv3d(x as tf.Tensor5D, leaf as tf.Tensor5D, strides, padding))(filter),
    },
  }),
  family({
    title: 'pools over volumes',
    draws: windows(false, pad),
    expressions: { AvgPool3D: avgPool, MaxPool3D: maxPool },
    withoutGradient: { MaxPool3D: 'wrong for windows that are no cubes' },
  }),
  family({
    title: 'pools over volumes by cubes',
    draws: windows(true, fc.constant('valid')),
    expressions: {
      AvgPool3D: avgPool,
      MaxPool3D: maxPool,
      AvgPool3DGrad: gradientOf(avgPool),
      MaxPool3DGrad: gradientOf(maxPool),
    },
  }),
];
