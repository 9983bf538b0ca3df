import * as tf from '@tensorflow/tfjs-core';
import type { Summed } from '../loss.ts';
import { presentDifference, summed } from './summed.ts';

export type RegressionLossOptions = {
  /** [batch], or the shape of the targets to tell for each element; bool or number: which labels exist. Default: all. */
  readonly present?: tf.Tensor | undefined;
};

/**
 * Squared error: (x − y)², the mean of it over the elements of an example.
 *
 * @param predictions x, [batch] or [batch, d].
 * @param targets y, of the same shape; anything, NaN included, where there is no label.
 * @throws RangeError when shapes do not fit.
 */
export function squaredError(
  predictions: tf.Tensor,
  targets: tf.Tensor,
  { present }: RegressionLossOptions = {},
): Summed {
  const { difference, exists } = presentDifference('squaredError', predictions, targets, present);
  return summed(tf.square(difference), exists);
}
