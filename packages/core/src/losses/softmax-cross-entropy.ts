import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Summed } from '../loss.ts';
import { presence } from './presence.ts';

export type SoftmaxCrossEntropyOptions = {
  /** [batch], bool or number: which labels exist. The label −1 says the same without it. */
  readonly present?: tf.Tensor | undefined;
  /** ε of the smoothed target (1 − ε)·[c = y] + ε / C, 0 ≤ ε < 1; default 0 (Szegedy et al. 2016). */
  readonly labelSmoothing?: number | undefined;
  /** One weight w_c ≥ 0 per class; default all 1. */
  readonly classWeights?: readonly number[] | undefined;
};

/**
 * Cross-entropy of classes that exclude each other: −Σ_c w_c·q_c·log softmax(z)_c, with q the (smoothed) target.
 *
 * `count` is the number of labels, or Σ w_y over them when there are class weights, so that `sum / count` is the weighted mean.
 *
 * @param logits z, [batch, classes], finite.
 * @param labels y, [batch] int32, 0 … classes − 1, or −1 for none.
 * @throws RangeError when shapes or options do not fit.
 */
export function softmaxCrossEntropy(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { present, labelSmoothing = 0, classWeights }: SoftmaxCrossEntropyOptions = {},
): Summed {
  const [batch, classes] = logits.shape as [number, number];
  if (logits.shape.length !== 2 || labels.shape.length !== 1 || labels.shape[0] !== batch) {
    throw new RangeError(
      `softmaxCrossEntropy: expected logits [batch, classes] and labels [batch]. Found ${quote(logits.shape)} and ${quote(labels.shape)}.`,
    );
  }
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`labelSmoothing: expected 0 ≤ ε < 1. Found ${quote(labelSmoothing)}.`);
  }
  if (classWeights && (classWeights.length !== classes || !classWeights.every((weight) => weight >= 0))) {
    throw new RangeError(
      `classWeights: expected ${classes} numbers that are not negative. Found ${quote(classWeights)}.`,
    );
  }
  const labelled = tf.greaterEqual(labels, tf.scalar(0, 'int32'));
  const flags = present ? tf.logicalAnd(labelled, presence(present, [batch])) : labelled;
  const exists = tf.reshape(tf.cast(flags, 'float32'), [batch, 1]);
  const weighted = (values: tf.Tensor) =>
    classWeights ? tf.mul(values, tf.tensor([...classWeights], [1, classes], 'float32')) : values;

  // absent rows are 0 and take value and gradient with them: [batch, classes]
  const target = tf.mul(tf.oneHot(labels, classes), exists);
  const smooth = labelSmoothing
    ? tf.add(tf.mul(target, 1 - labelSmoothing), tf.mul(exists, labelSmoothing / classes))
    : target;
  return {
    sum: tf.sub(0, tf.sum(tf.mul(weighted(smooth), tf.logSoftmax(logits)))),
    count: classWeights ? tf.sum(weighted(target)) : tf.sum(exists),
  };
}
