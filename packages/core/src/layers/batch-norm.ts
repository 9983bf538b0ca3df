import { quote, sizeOf } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { ones, zeros } from '../initializers.ts';
import type { Context, Layer } from '../layer.ts';
import { stopGradient } from '../stop-gradient.ts';
import { lastAxis } from './arguments.ts';

/** `scale` and `bias` [features], which gradients move; running `mean` and `variance` [features], which training steps keep. */
export type BatchNormParams = {
  readonly scale: tf.Tensor;
  readonly bias: tf.Tensor;
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
};

/**
 * Normalises each feature over the batch and over all axes but the last: y = γ·(x − μ) / √(σ² + ε) + β.
 *
 * While training, μ and σ² are those of the batch, σ² with divisor n, rows of padding left out; the running ones become (1 − ρ)·running + ρ·own,
 * with the variance's divisor n − 1. Otherwise μ and σ² are the running ones, so that an example's result depends on nothing else.
 *
 * [batch, …, features] → the same shape. Steps of several micro-batches, or with an exchange, refuse it: `groupNorm` and `layerNorm` have no
 * running state.
 *
 * @param momentum ρ in (0, 1], default 0.1.
 * @param epsilon ε > 0, default 10⁻⁵.
 * @throws RangeError when an option is out of range or the input has no last axis.
 *
 * Ioffe & Szegedy, "Batch Normalization", ICML 2015.
 */
export function batchNorm({
  momentum = 0.1,
  epsilon = 1e-5,
}: {
  readonly momentum?: number;
  readonly epsilon?: number;
} = {}): Layer<BatchNormParams> {
  if (!(momentum > 0 && momentum <= 1))
    throw new RangeError(`batchNorm.momentum: expected a number in (0, 1]. Found ${quote(momentum)}.`);
  if (!(epsilon > 0)) throw new RangeError(`batchNorm.epsilon: expected a positive number. Found ${quote(epsilon)}.`);
  const normal = (centred: tf.Tensor, variance: tf.Tensor, { scale, bias }: BatchNormParams) =>
    tf.add(tf.mul(centred, tf.mul(tf.rsqrt(tf.add(variance, epsilon)), scale)), bias);
  return {
    init(key, inputShape) {
      const features = [lastAxis('batchNorm', inputShape)];
      const [zero, one] = [zeros(key, features), ones(key, features)];
      return { params: { scale: one, bias: zero, mean: zero, variance: one }, outputShape: inputShape };
    },
    apply(params, x, context) {
      if (context.mode === 'infer') return normal(tf.sub(x, params.mean), params.variance, params);
      const { count, meanOf } = overExamples(x, context);
      const mean = meanOf(x);
      const centred = tf.sub(x, mean);
      const variance = meanOf(tf.square(centred));
      const step = (held: tf.Tensor, own: tf.Tensor) =>
        context.record.state?.(held, tf.add(tf.mul(held, 1 - momentum), tf.mul(stopGradient(own), momentum)));
      step(params.mean, mean);
      step(params.variance, tf.mul(variance, tf.div(count, tf.maximum(tf.sub(count, 1), 1))));
      return normal(centred, variance, params);
    },
  };
}

/** How many values each feature has in the examples, and the mean over them: [features]. */
function overExamples(x: tf.Tensor, { examples }: Context) {
  const axes = x.shape.slice(0, -1).map((_, axis) => axis);
  if (!examples)
    return { count: tf.scalar(sizeOf(x.shape.slice(0, -1))), meanOf: (value: tf.Tensor) => tf.mean(value, axes) };
  const rows = x.shape[0]!;
  const size = tf.cast(examples, 'float32');
  const mask = tf.cast(tf.less(tf.range(0, rows), size), 'float32');
  const places = sizeOf(x.shape.slice(1, -1));
  const count = tf.maximum(tf.mul(size, places), 1);
  const isExample = tf.reshape(mask, [rows, ...x.shape.slice(1).map(() => 1)]);
  return { count, meanOf: (value: tf.Tensor) => tf.div(tf.sum(tf.mul(value, isExample), axes), count) };
}
