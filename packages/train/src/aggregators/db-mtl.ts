import { zeros } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { mapPaths } from '../optimizers/transformation.ts';
import { weighted } from '../task-gradients.ts';
import type { Aggregator } from './aggregator.ts';
import { column, products, scaled, whereTask } from './in-step.ts';

export type DbMtlOptions = {
  /** β in [0, 1) and its decay σ ≥ 0: the average keeps β / nₖ^σ of itself at the task's n-th step. */
  readonly beta?: number;
  readonly betaDecay?: number;
};

/**
 * Dual balancing: of losses by their logarithms, of gradients by their norms.
 *
 *   gₖ = ∇ log(Lₖ + ε),   ĝₖ ← gₖ + β/nₖ^σ (ĝₖ − gₖ),   αₖ = maxⱼ ‖ĝⱼ‖ / (‖ĝₖ‖ + ε),   g = Σₖ αₖ ĝₖ,   ε = 10⁻⁸
 *
 * A task's own parameters descend along ∇ log(Lₖ + ε). Losses must not be negative: a task whose loss is counts as if it were 0. Absent
 * tasks keep their averages and are not in the sum. Averages start at 0, so the first steps are short.
 *
 * Lin et al., "Dual-Balancing for Multi-Task Learning", 2023.
 *
 * @throws RangeError for options out of range.
 */
export function dbMtl({ beta = 0.9, betaDecay = 0 }: DbMtlOptions = {}): Aggregator {
  if (!(beta >= 0 && beta < 1)) throw new RangeError(`expected 0 ≤ beta < 1. Found ${beta}.`);
  if (!(betaDecay >= 0 && Number.isFinite(betaDecay)))
    throw new RangeError(`expected betaDecay ≥ 0. Found ${betaDecay}.`);
  return {
    name: 'dbMtl',
    init: (shared, taskCount) => ({
      average: mapPaths(shared, ({ shape }) => zeros('float32', [taskCount, ...shape])),
      count: { tasks: zeros('float32', [taskCount]) },
    }),
    combine({ gradients, losses, present }, state) {
      const counts = tf.add(state.count!.tasks!, present);
      const own = tf.div(present, tf.add(tf.relu(losses), 1e-8));
      const shares = tf.div(beta, tf.pow(tf.maximum(counts, 1), betaDecay));
      const averages = mapPaths(scaled(gradients, own), (gradient, path) => {
        const before = state.average![path]!;
        const next = tf.add(gradient, tf.mul(column(shares, before), tf.sub(before, gradient)));
        return whereTask(present, next, before);
      });
      const norms = tf.mul(tf.sqrt(products(averages, averages)), present);
      const weights = tf.mul(present, tf.div(tf.max(norms), tf.add(norms, 1e-8)));
      return {
        gradient: weighted(weights, averages),
        weights,
        own,
        state: { average: averages, count: { tasks: counts } },
      };
    },
  };
}
