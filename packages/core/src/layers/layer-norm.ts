import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { ones, zeros } from '../initializers.ts';
import type { Layer } from '../layer.ts';
import { lastAxis } from './arguments.ts';

/** `scale` and `bias` [features]. */
export type LayerNormParams = { readonly scale: tf.Tensor; readonly bias: tf.Tensor };

/**
 * Normalises the last axis of each example: y = γ·(x − μ) / √(σ² + ε) + β, σ² with divisor n.
 *
 * [batch, …, features] → the same shape. `epsilon` defaults to 10⁻⁵.
 *
 * @throws RangeError unless ε > 0, or when the input has no last axis.
 *
 * Ba, Kiros & Hinton, "Layer Normalization", 2016.
 */
export function layerNorm({ epsilon = 1e-5 }: { readonly epsilon?: number } = {}): Layer<LayerNormParams> {
  if (!(epsilon > 0)) throw new RangeError(`layerNorm.epsilon: expected a positive number. Found ${quote(epsilon)}.`);
  return {
    init(key, inputShape) {
      const features = [lastAxis('layerNorm', inputShape)];
      return { params: { scale: ones(key, features), bias: zeros(key, features) }, outputShape: inputShape };
    },
    apply({ scale, bias }, x) {
      const centred = tf.sub(x, tf.mean(x, -1, true));
      const variance = tf.mean(tf.square(centred), -1, true); // [batch, …, 1]
      return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), scale), bias);
    },
  };
}
