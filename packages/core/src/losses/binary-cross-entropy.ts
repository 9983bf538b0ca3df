import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Summed } from '../loss.ts';
import { presence } from './presence.ts';
import { requireSameShape, summed } from './summed.ts';

export type BinaryCrossEntropyOptions = {
  /** [batch], or the shape of the targets to tell for each label; bool or number: which labels exist. Default: all. */
  readonly present?: tf.Tensor | undefined;
  /** w ≥ 0 for the positive term, one number or one per label; default 1. */
  readonly positiveWeight?: number | readonly number[] | undefined;
};

/**
 * Cross-entropy of labels that do not exclude each other: −w·y·log σ(z) − (1 − y)·log(1 − σ(z)), the mean of it over the labels of an example.
 *
 * @param logits z, [batch] or [batch, labels], finite.
 * @param targets y in [0, 1], of the same shape, float32; anything, NaN included, where there is no label.
 * @throws RangeError when shapes or weights do not fit.
 */
export function binaryCrossEntropy(
  logits: tf.Tensor,
  targets: tf.Tensor,
  { present, positiveWeight = 1 }: BinaryCrossEntropyOptions = {},
): Summed {
  requireSameShape('binaryCrossEntropy', logits, targets);
  const labels = logits.shape.length === 1 ? 1 : logits.shape.at(-1)!;
  const weights = [positiveWeight].flat();
  if ((weights.length !== 1 && weights.length !== labels) || !weights.every((weight) => weight >= 0)) {
    throw new RangeError(
      `positiveWeight: expected one number that is not negative, or ${labels} of them. Found ${quote(positiveWeight)}.`,
    );
  }
  const exists = presence(present, logits.shape);
  const y = present ? tf.where(exists, targets, tf.zerosLike(targets)) : targets;
  // −log σ(z) = softplus(−z) and −log(1 − σ(z)) = softplus(z), for any z
  const positive = tf.mul(y, tf.softplus(tf.neg(logits)));
  const weighted = weights.every((weight) => weight === 1)
    ? positive
    : tf.mul(positive, tf.tensor1d(weights, 'float32'));
  return summed(tf.add(weighted, tf.mul(tf.sub(1, y), tf.softplus(logits))), exists);
}
