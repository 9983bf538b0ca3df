import * as tf from '@tensorflow/tfjs-core';

/**
 * 1 where a step counts and 0 in the padding: mask[i, t] = [t < lengths[i]].
 *
 * @param lengths [batch] int32.
 * @param time the number of steps with padding.
 * @returns [batch, time] float32.
 */
export function lengthMask(lengths: tf.Tensor, time: number): tf.Tensor {
  return tf.cast(lengthMaskBool(lengths, time), 'float32');
}

/** The same as booleans. */
export function lengthMaskBool(lengths: tf.Tensor, time: number): tf.Tensor {
  return tf.less(tf.reshape(tf.range(0, time, 1, 'int32'), [1, time]), tf.reshape(lengths, [-1, 1]));
}
