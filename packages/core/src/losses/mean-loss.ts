import * as tf from '@tensorflow/tfjs-core';
import type { Summed } from '../loss.ts';

/** The mean loss of the examples that have a label, `sum / count`; 0, with gradient 0, when there are none. */
export function meanLoss({ sum, count }: Summed): tf.Tensor {
  return tf.div(sum, tf.where(tf.greater(count, 0), count, tf.onesLike(count)));
}
