import * as tf from '@tensorflow/tfjs-core';
import type { Summed } from '../loss.ts';
import type { RegressionLossOptions } from './squared-error.ts';
import { presentDifference, summed } from './summed.ts';

/**
 * Absolute error: |x − y|, the mean of it over the elements of an example. Its gradient at x = y is 0.
 *
 * @param predictions x, [batch] or [batch, d].
 * @param targets y, of the same shape; anything, NaN included, where there is no label.
 * @throws RangeError when shapes do not fit.
 */
export function absoluteError(
  predictions: tf.Tensor,
  targets: tf.Tensor,
  { present }: RegressionLossOptions = {},
): Summed {
  const { difference, exists } = presentDifference('absoluteError', predictions, targets, present);
  // tf.abs has the gradient −1 at 0
  return summed(tf.add(tf.relu(difference), tf.relu(tf.neg(difference))), exists);
}
