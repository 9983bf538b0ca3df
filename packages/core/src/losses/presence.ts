import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Which labels exist, as booleans that broadcast to `shape`.
 *
 * @param present [batch], or `shape` to tell for each element; bool, or numbers that are not 0 for a label. All labels exist when left out.
 * @param shape [batch] or [batch, …].
 */
export function presence(present: tf.Tensor | undefined, shape: readonly number[]): tf.Tensor {
  const perExample = [shape[0]!, ...shape.slice(1).map(() => 1)];
  if (!present) return tf.cast(tf.ones(perExample), 'bool');
  const flags = present.dtype === 'bool' ? present : tf.cast(present, 'bool');
  if (sameShape(present.shape, shape)) return flags;
  if (!sameShape(present.shape, shape.slice(0, 1))) {
    throw new RangeError(`present: expected shape ${quote(shape.slice(0, 1))}. Found ${quote(present.shape)}.`);
  }
  return tf.reshape(flags, perExample);
}

export const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, axis) => size === b[axis]);
