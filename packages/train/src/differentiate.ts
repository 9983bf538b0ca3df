import { gradients, type Random } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { type AnyModel, byPath, type Measured, measure, type Params, reachOf, type TensorBatch } from './measure.ts';
import type { ByPath } from './optimizers/transformation.ts';
import {
  type GradientScope,
  gramianOf,
  lastLayerOf,
  nothingShared,
  numbersOf,
  present,
  sharedOf,
  stacked,
  taskGradients,
  weighted,
  weightedOwn,
} from './task-gradients.ts';

/** What the programs of a step differentiate. */
export type Given = {
  readonly model: AnyModel;
  readonly params: Params;
  readonly batch: TensorBatch;
  /** Labels per task that the losses are divided by. */
  readonly denominators: tf.Tensor;
  readonly random: Random;
};

export const means = ({ sums }: Measured, denominators: tf.Tensor): tf.Tensor =>
  tf.div(sums, tf.maximum(denominators, 1e-30));

/** The losses one by one, each of which depends only on what its task depends on; 0, with gradient 0, of an absent task. */
function eachMean({ perTask }: Measured, denominators: tf.Tensor): tf.Tensor[] {
  const isPresent = tf.greater(denominators, 0);
  const shares = tf.where(isPresent, tf.div(1, tf.maximum(denominators, 1e-30)), tf.zerosLike(denominators));
  return tf.unstack(shares).map((share, task) => tf.mul(perTask[task]!, share));
}

const total = (losses: readonly tf.Tensor[]): tf.Tensor => losses.reduce((sum, loss) => tf.add(sum, loss));

/** ∂ (Σ wₖ·meanₖ + Σ extra) / ∂θ for every parameter that any of them reaches: one backward pass. */
export function differentiate({ model, params, batch, denominators, random }: Given, weights: tf.Tensor) {
  let measured!: Measured;
  const result = gradients(() => {
    measured = measure(model, params, batch, random);
    return total([tf.sum(tf.mul(weights, means(measured, denominators))), ...measured.extra]);
  }, byPath(params));
  return { measured, reach: reachOf(params, measured.perTask), gradients: present(result.gradients) };
}

/** The gradients of the tasks with respect to those of these parameters that they reach: one backward pass per task. */
export const differentiateEach = ({ model, params, batch, denominators, random }: Given, of: ByPath): ByPath[] =>
  taskGradients(() => eachMean(measure(model, params, batch, random), denominators), model.tasks.length, of);

/** Σ wₖ·∂meanₖ/∂θ alone, in one backward pass. */
export function differentiateTasks(given: Given, weights: tf.Tensor): ByPath {
  const { model, params, batch, denominators, random } = given;
  const one = () => tf.sum(tf.mul(weights, tf.stack(eachMean(measure(model, params, batch, random), denominators))));
  return present(gradients(one, byPath(params)).gradients);
}

/** The gradients with those of regularisers added, which no task is asked about. */
export function withExtra({ model, params, batch, random }: Given, { extra }: Measured, tasks: ByPath): ByPath {
  if (extra.length === 0) return tasks;
  const { gradients: own } = gradients(() => total(measure(model, params, batch, random).extra), byPath(params));
  const sum = { ...tasks };
  for (const [path, gradient] of Object.entries(present(own)))
    sum[path] = tasks[path] ? tf.add(tasks[path], gradient) : gradient;
  return sum;
}

/** The Gramian of the tasks' gradients; and, where they were computed for all parameters and are `kept`, what a step makes of them. */
export type Compared = { readonly gramian: tf.Tensor; readonly combine?: (weights: tf.Tensor) => ByPath };

/** Bytes of the tasks' gradients up to which they are kept for the update, which then needs no further backward pass. */
const mostKept = 2 ** 28;

/** Compares the gradients of the tasks. */
export function compare(given: Given, measured: Measured, scope: GradientScope, mayKeep: boolean): Compared {
  const { model, params, batch, denominators, random } = given;
  const { representation } = measured;
  const taskCount = model.tasks.length;
  if (scope === 'representation') {
    const heads = () => eachMean(measure(model, params, batch, random, representation), denominators);
    const of = numbersOf(representation);
    return { gramian: gramianOf(stacked(taskGradients(heads, taskCount, of), of)) };
  }
  const all = byPath(params);
  const reach = reachOf(params, measured.perTask);
  const shared = sharedOf(all, reach, taskCount);
  if (Object.keys(shared).length === 0) throw nothingShared();
  const gramianAt = (of: ByPath) => gramianOf(stacked(differentiateEach(given, of), of));
  if (scope === 'last-layer') return { gramian: gramianAt(lastLayerOf(shared, representation)) };
  const bytes = 4 * taskCount * Object.values(shared).reduce((sum, { size }) => sum + size, 0);
  if (!mayKeep || bytes > mostKept) return { gramian: gramianAt(shared) };
  const perTask = differentiateEach(given, all);
  const kept = stacked(perTask, shared);
  return {
    gramian: gramianOf(kept),
    combine: (weights) =>
      withExtra(given, measured, { ...weighted(weights, kept), ...weightedOwn(weights, perTask, shared) }),
  };
}
