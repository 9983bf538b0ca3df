import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Summed } from '../loss.ts';
import { presence, sameShape } from './presence.ts';

/**
 * Sums what an elementwise loss is where labels exist: each example counts with the mean over its elements.
 *
 * @param exists booleans that broadcast to the shape of `values`, see `presence`.
 * @param values [batch] or [batch, …], finite where there is no label.
 */
export function summed(values: tf.Tensor, exists: tf.Tensor): Summed {
  const mask = tf.cast(exists, 'float32');
  const elements = sizePerExample(values.shape);
  return {
    sum: tf.div(tf.sum(tf.mul(values, mask)), elements),
    count: tf.div(tf.sum(mask), sizePerExample(mask.shape)),
  };
}

/**
 * predictions − targets where labels exist and 0, without gradient, elsewhere: whatever stands in the place of a missing label has no effect.
 *
 * @throws RangeError when the shapes differ: tfjs would broadcast [batch] against [batch, 1] to [batch, batch].
 */
export function presentDifference(
  name: string,
  predictions: tf.Tensor,
  targets: tf.Tensor,
  present: tf.Tensor | undefined,
): { readonly difference: tf.Tensor; readonly exists: tf.Tensor } {
  requireSameShape(name, predictions, targets);
  const exists = presence(present, predictions.shape);
  const difference = tf.sub(predictions, targets);
  return { difference: present ? tf.where(exists, difference, tf.zerosLike(difference)) : difference, exists };
}

export function requireSameShape(name: string, predictions: tf.Tensor, targets: tf.Tensor): void {
  if (predictions.shape.length > 0 && sameShape(predictions.shape, targets.shape)) return;
  throw new RangeError(
    `${name}: expected predictions and targets of one shape, [batch] or [batch, …]. Found ${quote(predictions.shape)} and ${quote(targets.shape)}.`,
  );
}

const sizePerExample = (shape: readonly number[]) => shape.slice(1).reduce((product, size) => product * size, 1);
