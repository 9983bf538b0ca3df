import type { HostTensor } from '@polytask/base';
import type * as tf from '@tensorflow/tfjs-core';

/** Tensors by the path of the parameter they belong to. A path without an entry has no gradient in this program. */
export type ByPath<Value = tf.Tensor> = Readonly<Record<string, Value>>;

/** Optimizer state: named slots, each with one tensor per parameter path. */
export type Slots<Value = tf.Tensor> = Readonly<Record<string, ByPath<Value>>>;

export type UpdateInfo = {
  readonly params: ByPath;
  /** η of this step: a scalar. */
  readonly learningRate: tf.Tensor;
  /** Steps taken before this one, a scalar; there for optimizers that say `usesStep`. */
  readonly step?: tf.Tensor;
};

/**
 * One part of an optimizer: it turns gradients, or what an earlier part made of them, into updates.
 *
 * An optimizer is a chain of transformations; the sum of its updates is added to the parameters. State is explicit, so it can be saved.
 */
export interface Transformation {
  init(params: ByPath<HostTensor>): Slots<HostTensor>;
  update(updates: ByPath, state: Slots, info: UpdateInfo): { readonly updates: ByPath; readonly state: Slots };
  /** Of which parameters only the rows that a batch reads are updated, see `lazy`; of none when left out. */
  readonly lazy?: (path: string) => boolean;
  /** Whether `update` is given the number of the step. */
  readonly usesStep?: boolean;
}

export const mapPaths = <From, To>(values: ByPath<From>, change: (value: From, path: string) => To): ByPath<To> =>
  Object.fromEntries(Object.entries(values).map(([path, value]) => [path, change(value, path)]));

/** A transformation without state. */
export const stateless = (update: (updates: ByPath, info: UpdateInfo) => ByPath): Transformation => ({
  init: () => ({}),
  update: (updates, state, info) => ({ updates: update(updates, info), state }),
});
