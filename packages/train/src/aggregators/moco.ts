import { hostTensor, zeros } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { mapPaths } from '../optimizers/transformation.ts';
import { gramianOf, weighted } from '../task-gradients.ts';
import type { Aggregator } from './aggregator.ts';
import { column, products, scaled, whereTask } from './in-step.ts';
import { projectOnSimplex } from './simplex.ts';

export type MocoOptions = {
  /** β and its decay σ: how fast the averages follow the gradients, β / nₖ^σ at the task's n-th step. */
  readonly beta?: number;
  readonly betaDecay?: number;
  /** γ and its decay: how fast the weights follow the averages. */
  readonly gamma?: number;
  readonly gammaDecay?: number;
  /** ρ ≥ 0: how much unequal weights cost. */
  readonly rho?: number;
};

/**
 * Gradients averaged over steps, so that the weights are not biased by the noise of batches; the weights go downhill towards the shortest
 * combination of the averages.
 *
 *   ĝₖ = Lₖ gₖ/‖gₖ‖,   yₖ ← yₖ − β/nₖ^σ (yₖ − ĝₖ),   λ ← Π_Δ(λ − γ/n^τ (Y Yᵀ + ρI) λ),   g = Σₖ λₖ yₖ
 *
 * Π_Δ is the nearest point of the simplex. Absent tasks keep their average and their share of λ; those present share the rest, and in g
 * they count with λ scaled to Σ = 1.
 *
 * Fernando et al., "Mitigating Gradient Bias in Multi-objective Learning: A Provably Convergent Stochastic Approach", ICLR 2023; the
 * normalisation is that of its experiments.
 *
 * @throws RangeError for options out of range.
 */
export function moco({
  beta = 0.5,
  betaDecay = 0.5,
  gamma = 0.1,
  gammaDecay = 0.5,
  rho = 0,
}: MocoOptions = {}): Aggregator {
  if (!(beta > 0 && beta <= 1)) throw new RangeError(`expected 0 < beta ≤ 1. Found ${beta}.`);
  for (const [name, value] of Object.entries({ betaDecay, gamma, gammaDecay, rho }))
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`expected ${name} ≥ 0. Found ${value}.`);
  return {
    name: 'moco',
    init: (shared, taskCount) => ({
      average: mapPaths(shared, ({ shape }) => zeros('float32', [taskCount, ...shape])),
      weights: { tasks: hostTensor('float32', [taskCount], new Float32Array(taskCount).fill(1 / taskCount)) },
      count: { tasks: zeros('float32', [taskCount]), steps: zeros('float32', []) },
    }),
    combine({ gradients, losses, present }, state) {
      const counts = tf.add(state.count!.tasks!, present);
      const steps = tf.add(state.count!.steps!, 1);
      const norms = tf.sqrt(products(gradients, gradients));
      const targets = scaled(gradients, tf.div(losses, tf.maximum(norms, 1e-30)));
      const rates = tf.div(beta, tf.pow(tf.maximum(counts, 1), betaDecay));
      const averages = mapPaths(targets, (target, path) => {
        const before = state.average![path]!;
        const next = tf.sub(before, tf.mul(column(rates, before), tf.sub(before, target)));
        return whereTask(present, next, before);
      });
      const lambda = tf.mul(state.weights!.tasks!, present);
      const gramian = tf.mul(gramianOf(averages), tf.outerProduct(present as tf.Tensor1D, present as tf.Tensor1D));
      const slope = tf.add(
        tf.reshape(tf.matMul(gramian as tf.Tensor2D, column(lambda, gramian) as tf.Tensor2D), [-1]),
        tf.mul(lambda, rho),
      );
      const rate = tf.div(gamma, tf.pow(steps, gammaDecay));
      const mass = tf.sum(lambda);
      const next = projectOnSimplex(tf.sub(lambda, tf.mul(rate, slope)), present, mass);
      // Shares so small that they have no ratio left: those present count equally.
      const weights = tf.where(
        tf.greater(mass, 1e-20),
        tf.div(next, tf.maximum(mass, 1e-20)),
        tf.div(present, tf.sum(present)),
      );
      return {
        gradient: weighted(weights, averages),
        weights,
        state: {
          average: averages,
          weights: { tasks: tf.where(tf.greater(present, 0), next, state.weights!.tasks!) },
          count: { tasks: counts, steps },
        },
      };
    },
  };
}
