import { leaves, type Tree } from '@polytask/base';
import {
  type AnyTask,
  context,
  type Model,
  type Random,
  type Recorder,
  type Summed,
  type Tensors,
} from '@polytask/core';
import { reaches } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { ByPath } from './optimizers/transformation.ts';

// biome-ignore lint/suspicious/noExplicitAny: any model; its own types are checked where it is defined
export type AnyModel = Model<any, any, Record<string, AnyTask>>;

/** The model's own tree, whose type is known only where the model is defined. */
export type Params = unknown;
export type TensorBatch = {
  readonly inputs: unknown;
  readonly targets: Readonly<Record<string, unknown>>;
  /** Examples in it; the rows after them are padding. */
  readonly size: tf.Tensor;
};

export type Measured = {
  /** The last value that all tasks share: a tensor, a sequence, or another tree. */
  readonly representation: Tensors;
  /** One loss per task, not yet divided. */
  readonly sums: tf.Tensor;
  readonly counts: tf.Tensor;
  /** The sums one by one: stacked, each would seem to depend on what any depends on. */
  readonly perTask: readonly tf.Tensor[];
  /** Regularisers and the like. */
  readonly extra: readonly tf.Tensor[];
  /** By path, what parameters that no gradient moves are to be after the step. */
  readonly states: ByPath;
};

/** For each parameter path the indexes of the tasks whose losses depend on it. */
export type Reach = ReadonlyMap<string, readonly number[]>;

export const tree = (params: Params) => params as Tree<tf.Tensor>;
export const byPath = (params: Params): ByPath => Object.fromEntries(leaves(tree(params)));

/** The losses of a model on a batch. Given the representation, only the heads are applied, to it. */
export function measure(
  model: AnyModel,
  params: Params,
  batch: TensorBatch,
  random: Random,
  given?: Tensors,
): Measured {
  const extra: tf.Tensor[] = [];
  const states: Record<string, tf.Tensor> = {};
  const entries = leaves<tf.Tensor>(tree(params));
  const record: Recorder = {
    loss: (_, value) => extra.push(value),
    observe: () => {},
    state(held, next) {
      const path = entries.find(([, tensor]) => tensor === held)?.[0];
      if (path === undefined)
        throw new TypeError('record.state: expected a parameter of the model. Found another tensor.');
      states[path] = next;
    },
  };
  const inside = context('train', random, record, batch.size);
  const representation: Tensors = given ?? model.represent(params as never, batch.inputs, inside);
  const made = model.losses(params as never, representation as tf.Tensor, batch.targets as never, inside) as Record<
    string,
    Summed
  >;
  const list = model.tasks.map((name) => made[name]!);
  const perTask = list.map(({ sum }) => sum);
  return {
    representation,
    sums: tf.stack(perTask),
    counts: tf.stack(list.map(({ count }) => count)),
    perTask,
    extra,
    states,
  };
}

export function reachOf(params: Params, losses: readonly tf.Tensor[]): Reach {
  const entries = leaves<tf.Tensor>(tree(params));
  const perTask = losses.map((loss) =>
    reaches(
      loss,
      entries.map(([, tensor]) => tensor),
    ),
  );
  return new Map(
    entries.map(([path], index) => [path, perTask.flatMap((reached, task) => (reached[index] ? [task] : []))]),
  );
}
