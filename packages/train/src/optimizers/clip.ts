import * as tf from '@tensorflow/tfjs-core';
import { type ByPath, mapPaths, stateless, type Transformation } from './transformation.ts';

/**
 * √Σ‖gᵢ‖² over all gradients: a scalar.
 */
export function globalNorm(gradients: ByPath): tf.Tensor {
  const squares = Object.values(gradients).map((gradient) => tf.sum(tf.square(gradient)));
  return squares.length === 0 ? tf.scalar(0) : tf.sqrt(tf.sum(tf.stack(squares)));
}

/**
 * Shortens the whole gradient to a length of at most c, keeping its direction.
 *
 *   g ← g · min(1, c / ‖g‖)
 *
 * Pascanu, Mikolov & Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.
 *
 * @param maximum c > 0.
 */
export function clipByGlobalNorm(maximum: number): Transformation {
  if (!(maximum > 0)) throw new RangeError(`The maximal norm must be positive. Found ${maximum}.`);
  return stateless((updates) => {
    const factor = tf.minimum(1, tf.div(maximum, tf.maximum(globalNorm(updates), 1e-30)));
    return mapPaths(updates, (update) => tf.mul(update, factor));
  });
}

/**
 * Limits every entry of the gradient to [−c, c].
 *
 * @param maximum c > 0.
 */
export function clipByValue(maximum: number): Transformation {
  if (!(maximum > 0)) throw new RangeError(`The maximal value must be positive. Found ${maximum}.`);
  return stateless((updates) => mapPaths(updates, (update) => tf.clipByValue(update, -maximum, maximum)));
}
