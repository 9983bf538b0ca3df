import { keepProbability, quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from '../layer.ts';
import type { NoParams } from './activation.ts';

/**
 * Inverted dropout: y = x·m / p with m ~ Bernoulli(p), p = 1 − rate, while training; y = x otherwise.
 *
 * Any shape. `rate` is rounded to a multiple of 2⁻¹⁶ and p is that of the rounded rate.
 *
 * @throws RangeError unless 0 ≤ rate < 1.
 *
 * Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, "Dropout", JMLR 2014.
 */
export function dropout({ rate }: { readonly rate: number }): Layer<NoParams> {
  const keep = keepProbability(rate);
  if (!(rate >= 0 && keep > 0)) throw new RangeError(`dropout.rate: expected 0 ≤ rate < 1. Found ${quote(rate)}.`);
  return {
    init: (_, inputShape) => ({ params: {}, outputShape: inputShape }),
    apply(_, x, { mode, random }) {
      if (mode === 'infer' || keep === 1) return x;
      // scaled first, so that the gradient shares the scaled mask
      return tf.mul(x, tf.mul(tf.cast(random.keepMask(x.shape, rate), 'float32'), 1 / keep));
    },
  };
}
