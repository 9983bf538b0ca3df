import { config } from '@polytask/balance';
import { type HostTensor, hostTensor, key, zeros } from '@polytask/base';
import { handOver } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import { mapPaths } from '../optimizers/transformation.ts';
import { gramianOf, weighted } from '../task-gradients.ts';
import type { Aggregator } from './aggregator.ts';
import { scaled, whereTask } from './in-step.ts';

export type MConfigOptions = {
  /** β₁: of the averages of the gradients. */
  readonly beta1?: number;
  /** β₂: of the average of the squared direction. */
  readonly beta2?: number;
};

/**
 * ConFIG on averages of the gradients, of which each step renews one: a step costs what a step of a single task costs.
 *
 *   mₖ ← β₁ mₖ + (1 − β₁) gₖ for the task k whose turn it is,   m̂ₖ = mₖ / (1 − β₁^nₖ)
 *   d = ConFIG(m̂),   uₜ = (1 − β₁ᵗ) d,   v ← β₂ v + (1 − β₂) ((uₜ − β₁ uₜ₋₁) / (1 − β₁))²,   g = d / (√(v / (1 − β₂ᵗ)) + 10⁻⁸)
 *
 * nₖ counts the turns of the task, t the steps. Tasks that had no turn yet are left out of d. The K × K products of the averages go to the
 * host, whose `config` of `@polytask/balance` solves in float64. It scales like Adam by itself: use it with `sgd`. A task's own parameters
 * move at its turns, and losses of tasks without a turn are measured all the same.
 *
 * Liu, Chu & Thuerey, "ConFIG: Towards Conflict-free Training of Physics Informed Neural Networks", ICLR 2025.
 *
 * @throws RangeError unless 0 ≤ β < 1.
 */
export function mConfig({ beta1 = 0.9, beta2 = 0.999 }: MConfigOptions = {}): Aggregator {
  for (const [name, beta] of Object.entries({ beta1, beta2 }))
    if (!(beta >= 0 && beta < 1)) throw new RangeError(`expected 0 ≤ ${name} < 1. Found ${beta}.`);
  return {
    name: 'mConfig',
    turns: true,
    init: (shared, taskCount) => ({
      average: mapPaths(shared, ({ shape }) => zeros('float32', [taskCount, ...shape])),
      direction: mapPaths(shared, ({ shape }) => zeros('float32', shape)),
      square: mapPaths(shared, ({ shape }) => zeros('float32', shape)),
      count: { tasks: zeros('float32', [taskCount]), steps: zeros('float32', []) },
    }),
    combine({ gradients, present }, state) {
      const counts = tf.add(state.count!.tasks!, present);
      const steps = tf.add(state.count!.steps!, 1);
      const averages = mapPaths(gradients, (gradient, path) => {
        const before = state.average![path]!;
        return whereTask(present, tf.add(tf.mul(before, beta1), tf.mul(gradient, 1 - beta1)), before);
      });
      const unbiased = scaled(averages, tf.div(1, tf.sub(1, tf.pow(beta1, tf.maximum(counts, 1)))));
      const weights = handOver('averages', { gramian: gramianOf(unbiased), counts }, { shape: [...counts.shape] });
      const directions = weighted(weights, unbiased);
      const now = mapPaths(directions, (direction) => tf.mul(direction, tf.sub(1, tf.pow(beta1, steps))));
      const squares = mapPaths(now, (value, path) => {
        const change = tf.div(tf.sub(value, tf.mul(state.direction![path]!, beta1)), 1 - beta1);
        return tf.add(tf.mul(state.square![path]!, beta2), tf.mul(tf.square(change), 1 - beta2));
      });
      const correction = tf.sub(1, tf.pow(beta2, steps));
      return {
        gradient: mapPaths(directions, (direction, path) =>
          tf.div(direction, tf.add(tf.sqrt(tf.div(squares[path]!, correction)), 1e-8)),
        ),
        weights,
        state: { average: averages, direction: now, square: squares, count: { tasks: counts, steps } },
      };
    },
    answers: { averages: ({ gramian, counts }) => conflictFree(gramian!, counts!) },
  };
}

/** ConFIG's weights of the averages that there are. */
function conflictFree({ data: products }: HostTensor, { data: counts }: HostTensor): HostTensor {
  const taskCount = counts.length;
  const balancer = config();
  const { weights } = balancer.weigh(
    {
      losses: [],
      present: Array.from(counts, (count) => count > 0),
      gramian: Array.from({ length: taskCount }, (_, task) => [
        ...products.subarray(task * taskCount, (task + 1) * taskCount),
      ]),
      step: 0,
      epoch: 0,
    },
    balancer.init(taskCount),
    key(0),
  );
  return hostTensor('float32', [taskCount], weights);
}
