import { fold } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { type Layer, type Sequence, within } from '../layer.ts';
import { named } from '../named.ts';
import { requirePositive } from './arguments.ts';
import { type DenseParams, dense } from './dense.ts';
import { lengthMask } from './length-mask.ts';

export type AttentiveStatisticsParams = { readonly hidden: DenseParams; readonly score: DenseParams };

/**
 * One vector for a sequence: mean and standard deviation of its steps, weighed by attention: e = v·tanh(W·h + b), α = softmax over time,
 * μ = Σ α h, σ = √(Σ α h² − μ²), result [μ, σ].
 *
 * Sequence of [batch, time, features] → [batch, 2·features]. Padding has weight 0; a sequence of length 0 gives zeros. The weights are observed as
 * `attention` [batch, time]. The input shape is [time, features].
 *
 * @param units of the hidden layer of the attention. Default: 64.
 * @throws RangeError when `units` is not a positive integer.
 *
 * Okabe, Koshinaka & Shinoda, "Attentive Statistics Pooling for Deep Speaker Embedding", Interspeech 2018.
 */
export function attentiveStatistics({
  units = 64,
}: {
  readonly units?: number;
} = {}): Layer<AttentiveStatisticsParams, Sequence> {
  requirePositive('attentiveStatistics.units', units);
  const hidden = dense({ units, activation: 'tanh' });
  const score = dense({ units: 1, bias: false });
  return {
    init(key, inputShape) {
      const features = inputShape.at(-1)!;
      return {
        params: {
          hidden: hidden.init(fold(key, 'hidden'), [features]).params,
          score: score.init(fold(key, 'score'), [units]).params,
        },
        outputShape: [2 * features],
      };
    },
    apply(params, { values, lengths }, context) {
      const [batch, time, features] = values.shape as [number, number, number];
      const inner = named('hidden', () => hidden.apply(params.hidden, values, within(context, 'hidden')));
      const scores = tf.reshape(
        named('score', () => score.apply(params.score, inner, within(context, 'score'))),
        [batch, time],
      );
      const mask = lengthMask(lengths, time);
      // masked before and after the softmax: steps of the padding have no part, rows without steps have weights of 0
      const weights = tf.mul(tf.softmax(tf.add(scores, tf.mul(tf.sub(mask, 1), 1e9))), mask); // [batch, time]
      context.record.observe('attention', weights);
      const weighed = (steps: tf.Tensor) =>
        tf.reshape(tf.matMul(tf.reshape(weights, [batch, 1, time]), steps), [batch, features]);
      const mean = weighed(values);
      const variance = tf.sub(weighed(tf.square(values)), tf.square(mean));
      // the derivative of √ at 0 is infinite
      const deviation = tf.mul(tf.sqrt(tf.add(tf.relu(variance), epsilon)), lengthMask(lengths, 1));
      return tf.concat([mean, deviation], 1); // [batch, 2·features]
    },
  };
}

const epsilon = 1e-6;
