import * as tf from '@tensorflow/tfjs-core';
import { mapPaths } from '../optimizers/transformation.ts';
import type { Aggregator } from './aggregator.ts';
import { column } from './in-step.ts';

/**
 * The mean of each entry of the gradient over the tasks present, without its lowest and its highest values.
 *
 *   g = 1 / (n − 2b) Σ_{i = b + 1}^{n − b} g₍ᵢ₎   with g₍₁₎ ≤ … ≤ g₍ₙ₎, in each entry alone
 *
 * It defends against corrupt gradients and does not balance tasks. With n ≤ 2b tasks present as many are left out as leave one or two: the
 * median.
 *
 * @param trim b ≥ 0, how many are left out at either end. Default 1.
 * @throws RangeError unless trim is an integer of at least 0.
 *
 * Yin et al., "Byzantine-Robust Distributed Learning: Towards Optimal Statistical Rates", ICML 2018.
 */
export function trimmedMean({ trim = 1 }: { readonly trim?: number } = {}): Aggregator {
  if (!(Number.isSafeInteger(trim) && trim >= 0)) throw new RangeError(`expected an integer trim ≥ 0. Found ${trim}.`);
  return {
    name: 'trimmedMean',
    init: () => ({}),
    combine({ gradients, present }) {
      const count = tf.sum(present);
      const left = tf.minimum(trim, tf.floor(tf.div(tf.sub(count, 1), 2)));
      return {
        state: {},
        gradient: mapPaths(gradients, (gradient) => {
          let remaining = tf.add(tf.zerosLike(gradient), column(present, gradient));
          for (let round = 0; round < trim; round++) {
            const counts = tf.cast(tf.less(round, left), 'float32');
            for (const sign of [1, -1]) remaining = withoutLowest(tf.mul(gradient, sign), remaining, counts);
          }
          return tf.div(tf.sum(tf.mul(gradient, remaining), 0), tf.sub(count, tf.mul(2, left)));
        }),
      };
    },
  };
}

/** The mask `remaining` [tasks, …] without the lowest of what remains in each entry, if `counts` is 1. */
function withoutLowest(values: tf.Tensor, remaining: tf.Tensor, counts: tf.Tensor): tf.Tensor {
  const among = tf.where(tf.greater(remaining, 0), values, tf.fill(values.shape, 3e38));
  const lowest = tf.expandDims(tf.argMin(among, 0), 0);
  const tasks = column(tf.range(0, values.shape[0]!, 1, 'int32'), values);
  return tf.mul(remaining, tf.sub(1, tf.mul(counts, tf.cast(tf.equal(tasks, lowest), 'float32'))));
}
