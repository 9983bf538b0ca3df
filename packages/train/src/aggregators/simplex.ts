import * as tf from '@tensorflow/tfjs-core';

/**
 * The point nearest to `point` [n] whose entries in `among` are at least 0 and add up to `mass`; 0 elsewhere.
 *
 *   xᵢ = max(0, pᵢ − τ),   τ = maxᵢ (Σ_{pⱼ ≥ pᵢ} pⱼ − mass) / #{pⱼ ≥ pᵢ}
 *
 * Over the entries in order of size the fraction rises up to the last that stays positive and falls behind it, so no sorting is needed.
 * Held, Wolfe & Crowder, "Validation of subgradient optimization", 1974.
 *
 * @param among [n], 1 or 0.
 * @param mass a scalar of at least 0.
 */
export function projectOnSimplex(point: tf.Tensor, among: tf.Tensor, mass: tf.Tensor): tf.Tensor {
  const atLeast = tf.cast(tf.greaterEqual(tf.expandDims(point, 0), tf.expandDims(point, 1)), 'float32');
  const counted = tf.mul(atLeast, tf.expandDims(among, 0));
  const sums = tf.sum(tf.mul(counted, tf.expandDims(point, 0)), 1);
  const thresholds = tf.div(tf.sub(sums, mass), tf.maximum(tf.sum(counted, 1), 1));
  const tau = tf.max(tf.where(tf.greater(among, 0), thresholds, tf.fill(point.shape, -3e38)));
  return tf.mul(tf.relu(tf.sub(point, tau)), among);
}
