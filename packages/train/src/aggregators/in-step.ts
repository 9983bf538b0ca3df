import * as tf from '@tensorflow/tfjs-core';
import { differentiateEach, differentiateTasks, type Given, means, withExtra } from '../differentiate.ts';
import { byPath, type Measured, type Reach } from '../measure.ts';
import { type ByPath, mapPaths, type Slots } from '../optimizers/transformation.ts';
import { nothingShared, sharedOf, stacked, weightedOwn } from '../task-gradients.ts';
import { type Aggregator, mayBeShared } from './aggregator.ts';

/** What a step makes of the gradients of its tasks: one gradient for each parameter. */
export function aggregate(
  aggregator: Aggregator,
  given: Given,
  measured: Measured,
  reach: Reach,
  present: tf.Tensor,
  state: Slots,
): { gradients: ByPath; state: Slots; weights: tf.Tensor } {
  const taskCount = given.model.tasks.length;
  const all = byPath(given.params);
  const shared = only(sharedOf(all, reach, taskCount), mayBeShared);
  if (Object.keys(shared).length === 0) throw nothingShared();
  const perTask = aggregator.turns ? [differentiateTasks(given, present)] : differentiateEach(given, all);
  const made = aggregator.combine(
    {
      gradients: stacked(perTask, shared),
      losses: tf.mul(means(measured, given.denominators), present),
      present,
      random: given.random.fold('aggregator'),
    },
    state,
  );
  const factors = made.own ?? tf.onesLike(present);
  const own = aggregator.turns ? tf.reshape(tf.sum(tf.mul(present, factors)), [1]) : factors;
  return {
    gradients: withExtra(given, measured, { ...made.gradient, ...weightedOwn(own, perTask, shared) }),
    state: Object.fromEntries(
      Object.entries(state).map(([name, slot]) => [name, { ...slot, ...made.state[name] }] as const),
    ),
    weights: made.weights ?? present,
  };
}

const only = (values: ByPath, isWanted: (path: string) => boolean): ByPath =>
  Object.fromEntries(Object.entries(values).filter(([path]) => isWanted(path)));

/** One number per task as [tasks, 1, …], to stand beside gradients [tasks, …]. */
export const column = (numbers: tf.Tensor, { rank }: tf.Tensor): tf.Tensor =>
  tf.reshape(numbers, [-1, ...new Array<number>(rank - 1).fill(1)]);

/** `next` for tasks that are present, `before` for the others. */
export const whereTask = (isPresent: tf.Tensor, next: tf.Tensor, before: tf.Tensor): tf.Tensor =>
  tf.where(tf.broadcastTo(tf.greater(column(isPresent, before), 0), before.shape), next, before);

/** ⟨leftₖ, rightₖ⟩ over all parameters for each task k: [tasks]. */
export const products = (left: ByPath, right: ByPath): tf.Tensor =>
  Object.entries(left)
    .map(([path, value]) => tf.sum(tf.reshape(tf.mul(value, right[path]!), [value.shape[0]!, -1]), 1) as tf.Tensor)
    .reduce((sum, part) => tf.add(sum, part));

/** The same numbers for each task. */
export const scaled = (gradients: ByPath, numbers: tf.Tensor): ByPath =>
  mapPaths(gradients, (gradient) => tf.mul(gradient, column(numbers, gradient)));
