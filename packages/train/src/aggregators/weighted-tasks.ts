import * as tf from '@tensorflow/tfjs-core';
import { mapPaths } from '../optimizers/transformation.ts';
import type { Aggregator } from './aggregator.ts';

/**
 * An aggregator on wₖ·Lₖ in the place of the losses: their gradients, those of the tasks' own parameters, and what it is told of the losses.
 *
 * @param weights one per task, finite and ≥ 0.
 * @throws RangeError for other weights, and from `init` unless there is one per task.
 */
export function weightedTasks(weights: readonly number[], aggregator: Aggregator): Aggregator {
  const wrong = weights.find((weight) => !(weight >= 0 && Number.isFinite(weight)));
  if (wrong !== undefined) throw new RangeError(`expected weights ≥ 0. Found ${wrong}.`);
  return {
    ...aggregator,
    init(shared, taskCount) {
      if (weights.length !== taskCount)
        throw new RangeError(`expected a weight for each of ${taskCount} tasks. Found ${weights.length}.`);
      return aggregator.init(shared, taskCount);
    },
    combine(given, state) {
      const each = tf.tensor1d([...weights]);
      // of the one task whose turn it is
      const rows = aggregator.turns ? tf.sum(tf.mul(each, given.present), 0, true) : each;
      const done = aggregator.combine(
        {
          ...given,
          losses: tf.mul(given.losses, each),
          gradients: mapPaths(given.gradients, (gradient) =>
            tf.mul(gradient, tf.reshape(rows, [-1, ...gradient.shape.slice(1).map(() => 1)])),
          ),
        },
        state,
      );
      return {
        ...done,
        own: done.own ? tf.mul(done.own, each) : each,
        weights: tf.mul(done.weights ?? given.present, each),
      };
    },
  };
}
