import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { among, between, count, reals, shapes, tensors, tensorsOf, upTo } from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

const normalized = (dtype: 'float32' | 'int32') =>
  fc.tuple(count(3), upTo(3), upTo(3), count(4), fc.boolean()).chain(([batch, height, width, channels, whole]) => {
    const shape = [batch, height, width, channels];
    const small = whole ? shape : [channels];
    return fc.record({
      inputs: fc.record({
        x: tensorsOf(dtype, shape),
        mean: tensors(small, reals),
        variance: tensors(small, between(0.1, 4)),
        offset: tensors(small, reals),
        scale: tensors(small, reals),
      }),
      attributes: fc.constantFrom(1e-3, 1e-2),
    });
  });

type Moments = Readonly<Record<'x' | 'mean' | 'variance' | 'offset' | 'scale', tf.Tensor>>;

const batchNorm = {
  FusedBatchNorm: ({ x, mean, variance, offset, scale }: Moments, epsilon: number) =>
    tf.batchNorm(
      x as tf.Tensor4D,
      mean as tf.Tensor1D,
      variance as tf.Tensor1D,
      offset as tf.Tensor1D,
      scale as tf.Tensor1D,
      epsilon,
    ),
  'FusedBatchNorm: without scale': ({ x, mean, variance, offset }: Moments) =>
    tf.batchNorm(x as tf.Tensor4D, mean as tf.Tensor1D, variance as tf.Tensor1D, offset as tf.Tensor1D),
  'FusedBatchNorm: without offset': ({ x, mean, variance, scale }: Moments) =>
    tf.batchNorm(x as tf.Tensor4D, mean as tf.Tensor1D, variance as tf.Tensor1D, undefined, scale as tf.Tensor1D),
};

export const normalizeFamilies: readonly Family[] = [
  family({
    title: 'batch normalization',
    draws: normalized('float32'),
    expressions: batchNorm,
    withoutGradient: { 'FusedBatchNorm: without scale': 'tfjs reads the shape of the scale that is not there' },
  }),
  family({
    title: 'batch normalization with its own moments',
    draws: fc
      .tuple(fc.integer({ min: 2, max: 4 }), fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }))
      .chain(([batch, size, channels]) =>
        fc.record({
          inputs: fc.record({ x: tensors([batch, size, 2, channels], reals), scale: tensors([channels], reals) }),
          attributes: fc.constant(undefined),
        }),
      ),
    expressions: {
      FusedBatchNorm: ({ x, scale }) => {
        const { mean, variance } = tf.moments(x, [0, 1, 2]);
        return tf.batchNorm(
          x as tf.Tensor4D,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          scale as tf.Tensor1D,
          scale as tf.Tensor1D,
          0.1,
        );
      },
    },
  }),
  family({
    title: 'normalization by the channels nearby',
    draws: fc.tuple(count(2), upTo(2), count(6)).chain(([batch, size, channels]) =>
      fc.record({
        inputs: fc.record({
          x: tensors([batch, size, 2, channels], reals),
          dy: tensors([batch, size, 2, channels], reals),
        }),
        attributes: fc.record({
          radius: upTo(3),
          bias: among(1, 2),
          alpha: among(0.5, 1e-2),
          beta: among(0.5, 0.75, 1),
        }),
      }),
    ),
    expressions: {
      LRN: ({ x }, { radius, bias, alpha, beta }) =>
        tf.localResponseNormalization(x as tf.Tensor4D, radius, bias, alpha, beta),
      LRNGrad: ({ x, dy }, { radius, bias, alpha, beta }) =>
        tf.grad((leaf) => tf.localResponseNormalization(leaf as tf.Tensor4D, radius, bias, alpha, beta))(x, dy),
    },
  }),
  family({
    title: 'softmax',
    draws: shapes(1).chain((shape) =>
      fc.record({ inputs: fc.record({ x: tensors(shape, reals) }), attributes: fc.constant(-1) }),
    ),
    expressions: { Softmax: ({ x }, axis) => tf.softmax(x, axis) },
  }),
];
