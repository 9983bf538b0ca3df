import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Summed } from '../loss.ts';
import type { RegressionLossOptions } from './squared-error.ts';
import { presentDifference, summed } from './summed.ts';

export type HuberOptions = RegressionLossOptions & {
  /** δ > 0, where the loss turns from squared to linear; default 1. */
  readonly delta?: number | undefined;
};

/**
 * Huber's loss: ½·r² for |r| ≤ δ and δ·(|r| − ½·δ) beyond, r = x − y, the mean of it over the elements of an example.
 *
 * @param predictions x, [batch] or [batch, d].
 * @param targets y, of the same shape; anything, NaN included, where there is no label.
 * @throws RangeError unless δ > 0 and shapes fit.
 *
 * Huber, "Robust Estimation of a Location Parameter", 1964.
 */
export function huber(predictions: tf.Tensor, targets: tf.Tensor, { present, delta = 1 }: HuberOptions = {}): Summed {
  if (!(delta > 0)) throw new RangeError(`huber.delta: expected a positive number. Found ${quote(delta)}.`);
  const { difference, exists } = presentDifference('huber', predictions, targets, present);
  const size = tf.abs(difference);
  const inside = tf.minimum(size, delta);
  // inside·(|r| − ½·inside) is both branches at once
  return summed(tf.mul(inside, tf.sub(size, tf.mul(inside, 0.5))), exists);
}
