import { quote, type Shape } from '@polytask/base';
import type { AnyLayer, Layer, Sequence, Tensors } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';

/** A layer whose parameters and values only it knows. */
export type Part = Layer<Tensors, Tensors, Tensors>;

/** The layer a user gave, as a part of a way of sharing: whether it fits the others shows in the shapes. */
export const partOf = (layer: AnyLayer): Part => layer as unknown as Part;

/** One value for each task, under the task's name. */
export type ByTask<Value> = Readonly<Record<string, Value>>;

export const byTask = <Value>(tasks: readonly string[], make: (task: string) => Value): ByTask<Value> =>
  Object.fromEntries(tasks.map((task) => [task, make(task)]));

/** What heads take: one tensor for all examples, or a sequence. */
export type Features = tf.Tensor | Sequence;

/** @throws TypeError unless it is a tensor, such as vectors or maps. */
export function tensorOf(value: Tensors, maker: string): tf.Tensor {
  if (value instanceof tf.Tensor) return value;
  throw new TypeError(
    `${maker}: expected layers that end in a tensor. Found ${quote(Object.keys(value))}: is pooling missing?`,
  );
}

export const isSequence = (value: Tensors): value is Sequence =>
  typeof value === 'object' && 'values' in value && 'lengths' in value;

/** @throws TypeError unless it is a tensor or a sequence: what heads take. */
export const featuresOf = (value: Tensors, maker: string): Features =>
  isSequence(value) ? value : tensorOf(value, maker);

/** A change of tensors, also of the values of a sequence, whose lengths stay. */
export function changed(value: Tensors, maker: string, change: (x: tf.Tensor) => tf.Tensor): Features {
  if (isSequence(value)) return { values: change(value.values), lengths: value.lengths };
  return change(tensorOf(value, maker));
}

/** x·W on the last axis: [batch, …, in] · [in, out] → [batch, …, out]. */
export function times(x: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  if (x.rank === 2) return tf.matMul(x, weight);
  const [features, units] = weight.shape as [number, number];
  return tf.reshape(tf.matMul(tf.reshape(x, [-1, features]), weight), [...x.shape.slice(0, -1), units]);
}

/** The tensor, or the values of the sequence. */
export const valuesOf = (value: Tensors, maker: string): tf.Tensor =>
  isSequence(value) ? value.values : tensorOf(value, maker);

/** The size of the last axis. */
export function channelsOf(shape: Shape, maker: string): number {
  const channels = shape.at(-1);
  if (channels !== undefined && channels > 0) return channels;
  throw new RangeError(`${maker}: expected layers whose last axis has features. Found shape ${quote(shape)}.`);
}

/** @throws RangeError unless there is at least one stage. */
export function requireStages(maker: string, stages: readonly unknown[]): void {
  if (stages.length === 0) throw new RangeError(`${maker}: expected at least one layer. Found none.`);
}

/** @throws RangeError unless `value` is an integer ≥ `least`. */
export function requireCount(name: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${name}: expected an integer ≥ ${least}. Found ${quote(value)}.`);
}

/** @throws RangeError unless examples are vectors: the size of theirs. */
export function vectorSize(shape: Shape, maker: string): number {
  const [size, ...others] = shape;
  if (size !== undefined && others.length === 0) return size;
  throw new RangeError(
    `${maker}: expected a representation [batch, features]. Found examples of shape ${quote(shape)}.`,
  );
}
