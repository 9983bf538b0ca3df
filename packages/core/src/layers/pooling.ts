import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Layer, Sequence } from '../layer.ts';
import type { NoParams } from './activation.ts';
import { lengthMask, lengthMaskBool } from './length-mask.ts';

export type PoolingMode = 'mean' | 'max' | 'first';

/**
 * One vector for a sequence: the mean or the maximum over its steps, or its first step.
 *
 * Sequence of [batch, time, features] → [batch, features]. Padding has no part in it; a sequence of length 0 gives zeros.
 * Where several steps share the maximum they share its gradient equally. The input shape is [time, features].
 *
 * @throws RangeError for an unknown mode.
 */
export function pooling({ mode }: { readonly mode: PoolingMode }): Layer<NoParams, Sequence> {
  const pool = Object.hasOwn(modes, mode) ? modes[mode] : undefined;
  if (!pool) throw new RangeError(`pooling.mode: expected "mean", "max" or "first". Found ${quote(mode)}.`);
  return {
    init: (_, inputShape) => ({ params: {}, outputShape: inputShape.slice(1) }),
    apply: (_, sequence) => pool(sequence),
  };
}

const modes: Record<PoolingMode, (sequence: Sequence) => tf.Tensor> = {
  mean({ values, lengths }) {
    const [batch, time, features] = values.shape as [number, number, number];
    const divisors = tf.maximum(tf.reshape(tf.cast(lengths, 'float32'), [batch, 1]), 1);
    const weights = tf.div(lengthMask(lengths, time), divisors);
    // [batch, 1, time] · [batch, time, features]
    return tf.reshape(tf.matMul(tf.reshape(weights, [batch, 1, time]), values), [batch, features]);
  },
  max({ values, lengths }) {
    const [batch, time] = values.shape as [number, number];
    const counts = tf.reshape(lengthMaskBool(lengths, time), [batch, time, 1]);
    const steps = tf.where(counts, values, tf.fill(values.shape, lowest));
    return tf.mul(maximumOverTime(steps), nonEmpty(lengths));
  },
  first({ values, lengths }) {
    const [batch, , features] = values.shape as [number, number, number];
    return tf.mul(tf.reshape(tf.slice(values, [0, 0, 0], [batch, 1, features]), [batch, features]), nonEmpty(lengths));
  },
};

/** Below every value and still finite, so that 0 times it is 0. */
const lowest = -3e38;

/** [batch, 1]: 1 for a sequence with at least one step. */
const nonEmpty = (lengths: tf.Tensor) => tf.reshape(lengthMask(lengths, 1), [-1, 1]);

/** The maximum over axis 1; tfjs's own gradient would count a shared maximum several times. */
function maximumOverTime(values: tf.Tensor): tf.Tensor {
  const operation = tf.customGrad((x, save) => {
    const steps = x as tf.Tensor;
    const maximum = tf.max(steps, 1, true);
    (save as tf.GradSaveFunc)([steps, maximum]);
    const gradFunc = (upstream: tf.Tensor, saved: tf.Tensor[]) => {
      const hits = tf.cast(tf.equal(saved[0]!, saved[1]!), 'float32');
      return tf.mul(tf.expandDims(upstream, 1), tf.div(hits, tf.sum(hits, 1, true)));
    };
    return { value: tf.squeeze(maximum, [1]), gradFunc };
  });
  return operation(values);
}
