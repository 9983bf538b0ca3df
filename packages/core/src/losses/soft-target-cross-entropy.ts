import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Summed } from '../loss.ts';
import { presence } from './presence.ts';
import { requireSameShape } from './summed.ts';

export type SoftTargetCrossEntropyOptions = {
  /** [batch], bool or number: which targets exist. */
  readonly present?: tf.Tensor | undefined;
  /** T > 0, which the logits are divided by; default 1. The targets are a teacher's softmax at the same T. */
  readonly temperature?: number | undefined;
};

/**
 * Cross-entropy with probabilities for targets: −T²·Σ_c p_c·log softmax(z / T)_c.
 *
 * It is T²·KL(p ‖ softmax(z / T)) and T² times the entropy of p, which has no gradient; T² keeps the size of the gradient when T changes.
 *
 * @param logits z, [batch, classes], finite.
 * @param targets p, of the same shape, rows that sum to 1; anything, NaN included, where there is none.
 * @throws RangeError unless T > 0 and shapes fit.
 *
 * Hinton, Vinyals & Dean, "Distilling the Knowledge in a Neural Network", 2015.
 */
export function softTargetCrossEntropy(
  logits: tf.Tensor,
  targets: tf.Tensor,
  { present, temperature = 1 }: SoftTargetCrossEntropyOptions = {},
): Summed {
  requireSameShape('softTargetCrossEntropy', logits, targets);
  if (logits.rank !== 2) {
    throw new RangeError(`softTargetCrossEntropy: expected logits [batch, classes]. Found ${quote(logits.shape)}.`);
  }
  if (!(temperature > 0 && Number.isFinite(temperature))) {
    throw new RangeError(
      `softTargetCrossEntropy.temperature: expected a positive number. Found ${quote(temperature)}.`,
    );
  }
  const exists = presence(present, [logits.shape[0]!, 1]);
  const known = present ? tf.where(exists, targets, tf.zerosLike(targets)) : targets;
  const logarithms = tf.logSoftmax(tf.div(logits, temperature));
  return {
    sum: tf.mul(tf.sum(tf.mul(known, logarithms)), -(temperature ** 2)),
    count: tf.sum(tf.cast(exists, 'float32')),
  };
}
