import * as tf from '@tensorflow/tfjs-core';
import { mapPaths } from '../optimizers/transformation.ts';
import type { Aggregator } from './aggregator.ts';
import { column } from './in-step.ts';

/**
 * Each entry of the gradient is given to the tasks of one sign, drawn by how much of the entry has that sign.
 *
 *   P = ½ (1 + Σₖ gₖ / Σₖ |gₖ|),   u ~ U(0, 1),   g = Σₖ (ℓₖ + (1 − ℓₖ) Mₖ) gₖ,   Mₖ = [gₖ > 0] where P > u, else [gₖ < 0]
 *
 * Where all tasks agree, P is 0 or 1 and nothing is dropped. Entries are those of the shared parameters.
 *
 * @param leak ℓ in [0, 1], the share of a task's gradient that is never dropped: one for all tasks, or one per task. Default 0.
 * @throws RangeError for a leak out of range or, in `init`, of another number of tasks.
 *
 * Chen et al., "Just Pick a Sign: Optimizing Deep Multitask Models with Gradient Sign Dropout", NeurIPS 2020.
 */
export function gradDrop({ leak = 0 }: { readonly leak?: number | readonly number[] } = {}): Aggregator {
  const list = typeof leak === 'number' ? [leak] : [...leak];
  const wrong = list.find((share) => !(share >= 0 && share <= 1));
  if (wrong !== undefined) throw new RangeError(`expected 0 ≤ leak ≤ 1. Found ${wrong}.`);
  return {
    name: 'gradDrop',
    init(_, taskCount) {
      if (typeof leak !== 'number' && list.length !== taskCount)
        throw new RangeError(`expected a leak for each of ${taskCount} tasks. Found ${list.length}.`);
      return {};
    },
    combine: ({ gradients, random }) => ({
      state: {},
      gradient: mapPaths(gradients, (gradient, path) => {
        const size = tf.sum(tf.abs(gradient), 0);
        const balance = tf.div(tf.sum(gradient, 0), tf.add(size, tf.cast(tf.equal(size, 0), 'float32')));
        const purity = tf.mul(tf.add(balance, 1), 0.5);
        const isPositive = tf.cast(tf.greater(purity, random.fold(path).uniform(size.shape)), 'float32');
        const kept = tf.add(
          tf.mul(tf.relu(gradient), isPositive),
          tf.mul(tf.minimum(gradient, 0), tf.sub(1, isPositive)),
        );
        if (list.every((share) => share === 0)) return tf.sum(kept, 0);
        const share = column(tf.tensor1d(list), gradient);
        return tf.sum(tf.add(tf.mul(gradient, share), tf.mul(kept, tf.sub(1, share))), 0);
      }),
    }),
  };
}
