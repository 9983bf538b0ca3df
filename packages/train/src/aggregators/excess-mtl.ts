import { zeros } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { mapPaths } from '../optimizers/transformation.ts';
import { weighted } from '../task-gradients.ts';
import type { Aggregator } from './aggregator.ts';
import { products } from './in-step.ts';

/**
 * Weights follow how much each loss could still fall, not the losses themselves, which label noise keeps high.
 *
 *   Sₖ ← Sₖ + gₖ²,   eₖ = Σ gₖ² / √(Sₖ + 10⁻⁷),   wₖ ∝ wₖ exp(η eₖ/eₖ⁰),   Σ w = 1,   g = Σₖ wₖ gₖ
 *
 * eₖ⁰ is the task's first eₖ, at which its weight does not move yet. Weights are kept as logarithms, so they do not overflow; those of the
 * tasks present are scaled to the sum 1, and absent tasks keep theirs.
 *
 * He et al., "Robust Multi-Task Learning with Excess Risks", ICML 2024.
 *
 * @param rate η > 0. Default 0.01.
 * @throws RangeError for a rate out of range.
 */
export function excessMtl({ rate = 0.01 }: { readonly rate?: number } = {}): Aggregator {
  if (!(rate > 0 && Number.isFinite(rate))) throw new RangeError(`expected rate > 0. Found ${rate}.`);
  return {
    name: 'excessMtl',
    init: (shared, taskCount) => ({
      squares: mapPaths(shared, ({ shape }) => zeros('float32', [taskCount, ...shape])),
      excess: { first: zeros('float32', [taskCount]), logits: zeros('float32', [taskCount]) },
    }),
    combine({ gradients, present }, state) {
      const squares = mapPaths(gradients, (gradient, path) => tf.add(state.squares![path]!, tf.square(gradient)));
      const steps = mapPaths(gradients, (gradient, path) => tf.div(gradient, tf.sqrt(tf.add(squares[path]!, 1e-7))));
      const excess = products(gradients, steps);
      const { first, logits } = state.excess as { first: tf.Tensor; logits: tf.Tensor };
      const isKnown = tf.cast(tf.greater(first, 0), 'float32');
      const ratio = tf.div(excess, tf.maximum(first, 1e-30));
      const moved = tf.add(logits, tf.mul(tf.mul(present, isKnown), tf.mul(rate, ratio)));
      const centred = tf.sub(moved, tf.max(moved));
      const among = tf.where(tf.greater(present, 0), centred, tf.fill(centred.shape, -3e38));
      const weights = tf.mul(tf.softmax(among), present);
      return {
        gradient: weighted(weights, gradients),
        weights,
        state: {
          squares,
          excess: { first: tf.where(tf.greater(first, 0), first, tf.mul(excess, present)), logits: centred },
        },
      };
    },
  };
}
