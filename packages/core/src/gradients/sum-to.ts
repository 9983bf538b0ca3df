import * as tf from '@tensorflow/tfjs-core';

/** Adds up `x` over the axes along which a tensor of `shape` was broadcast to x's shape: [2, 3] → [3], [1, 3], [2, 1], … */
export function sumTo(x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const lead = x.rank - shape.length;
  const axes = x.shape.flatMap((size, axis) => (axis < lead || (shape[axis - lead] === 1 && size !== 1) ? [axis] : []));
  const summed = axes.length > 0 ? tf.sum(x, axes) : x;
  return tf.util.arraysEqual(summed.shape, [...shape]) ? summed : tf.reshape(summed, [...shape]);
}
