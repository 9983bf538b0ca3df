import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { ones, zeros } from '../initializers.ts';
import type { Layer } from '../layer.ts';
import { requirePositive } from './arguments.ts';
import { imageShape } from './conv-2d.ts';

/** `scale` and `bias` [channels]. */
export type GroupNormParams = { readonly scale: tf.Tensor; readonly bias: tf.Tensor };

/**
 * Normalises each group of channels of each image: y = γ·(x − μ) / √(σ² + ε) + β, μ and σ² over height, width and the channels of the group.
 *
 * [batch, height, width, channels] → the same shape. An image's values depend on nothing else in its batch, so that small batches, batches of
 * several tasks, and training and prediction are all treated alike; there is no running state. ε defaults to 10⁻⁵.
 *
 * @param groups divides the channels.
 * @throws RangeError for a number of groups that does not divide the channels, or unless ε > 0.
 *
 * Wu & He, "Group Normalization", ECCV 2018.
 */
export function groupNorm({
  groups,
  epsilon = 1e-5,
}: {
  readonly groups: number;
  readonly epsilon?: number;
}): Layer<GroupNormParams> {
  requirePositive('groupNorm.groups', groups);
  if (!(epsilon > 0)) throw new RangeError(`groupNorm.epsilon: expected a positive number. Found ${quote(epsilon)}.`);
  return {
    init(key, inputShape) {
      const [, , channels] = imageShape('groupNorm', inputShape);
      if (channels % groups !== 0)
        throw new RangeError(`groupNorm.groups: expected a divisor of ${channels} channels. Found ${groups}.`);
      return { params: { scale: ones(key, [channels]), bias: zeros(key, [channels]) }, outputShape: inputShape };
    },
    apply({ scale, bias }, x) {
      const [batch, height, width, channels] = x.shape as [number, number, number, number];
      const grouped = tf.reshape(x, [batch, height * width, groups, channels / groups]);
      const mean = tf.mean(grouped, [1, 3], true); // [batch, 1, groups, 1]
      const centred = tf.sub(grouped, mean);
      const variance = tf.mean(tf.square(centred), [1, 3], true);
      const normal = tf.reshape(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), x.shape);
      return tf.add(tf.mul(normal, scale), bias);
    },
  };
}
