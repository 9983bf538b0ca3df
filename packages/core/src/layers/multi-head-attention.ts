import { fold, quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { type Layer, type Sequence, within } from '../layer.ts';
import { named } from '../named.ts';
import { lastAxis, requirePositive } from './arguments.ts';
import { type DenseParams, dense } from './dense.ts';
import { dropout as dropoutLayer } from './dropout.ts';
import { lengthMask } from './length-mask.ts';

export type MultiHeadAttentionParams = {
  readonly query: DenseParams;
  readonly key: DenseParams;
  readonly value: DenseParams;
  readonly output: DenseParams;
};

export type MultiHeadAttentionOptions = {
  readonly heads: number;
  /** The width of the result, a multiple of `heads`. */
  readonly width: number;
  /** The rate at which attention weights are dropped while training; default 0. */
  readonly dropout?: number;
  /** What projects to queries, keys, values and the result, on [batch, time, features]; default `dense`. */
  readonly projection?: (name: keyof MultiHeadAttentionParams) => Layer<DenseParams>;
};

/**
 * Self-attention: softmax(Q·Kᵀ / √(width / heads))·V for each head, with Q, K, V and the result projected.
 *
 * Sequence of [batch, time, features] → sequence of [batch, time, width]. Padded steps are attended to with weight 0; what stands in
 * padded steps of the result is undefined. Observes `attention` [batch, heads, time, time], queries before keys, before dropout.
 * The input shape is [time, features].
 *
 * @throws RangeError unless `heads` and `width` are positive integers and `width` is a multiple of `heads`.
 *
 * Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
 */
export function multiHeadAttention({
  heads,
  width,
  dropout = 0,
  projection: given,
}: MultiHeadAttentionOptions): Layer<MultiHeadAttentionParams, Sequence, Sequence> {
  requirePositive('multiHeadAttention.heads', heads);
  requirePositive('multiHeadAttention.width', width);
  if (width % heads !== 0) {
    throw new RangeError(
      `multiHeadAttention.width: expected a multiple of heads (${quote(heads)}). Found ${quote(width)}.`,
    );
  }
  const perHead = width / heads;
  const projection = given ?? (() => dense({ units: width }));
  const drop = dropoutLayer({ rate: dropout });
  return {
    init(key, inputShape) {
      const features = lastAxis('multiHeadAttention', inputShape);
      const project = (name: keyof MultiHeadAttentionParams, from: number) =>
        projection(name).init(fold(key, name), [from]).params;
      return {
        params: {
          query: project('query', features),
          key: project('key', features),
          value: project('value', features),
          output: project('output', width),
        },
        outputShape: [...inputShape.slice(0, -1), width],
      };
    },
    apply(params, { values, lengths }, context) {
      const [batch, time] = values.shape as [number, number];
      const mask = lengthMask(lengths, time);
      // [batch, time, width] → [batch, heads, time, perHead]
      const projected = (name: 'query' | 'key' | 'value') =>
        named(name, () => {
          const features = projection(name).apply(params[name], values, within(context, name));
          return tf.transpose(tf.reshape(features, [batch, time, heads, perHead]), [0, 2, 1, 3]);
        });
      const query = tf.mul(projected('query'), 1 / Math.sqrt(perHead));
      const scores = tf.matMul(query, projected('key'), false, true); // [batch, heads, time, time]
      const keyMask = tf.reshape(mask, [batch, 1, 1, time]);
      // exp underflows to exactly 0 for padded keys
      const weights = tf.softmax(tf.add(scores, tf.mul(tf.sub(keyMask, 1), 1e9)));
      // In a row of length 0 all keys are padded and softmax is uniform: masked values make its result 0.
      context.record.observe('attention', tf.mul(weights, keyMask));
      const value = tf.mul(projected('value'), tf.reshape(mask, [batch, 1, time, 1]));
      const attended = tf.matMul(drop.apply({}, weights, within(context, 'dropout')), value);
      const joined = tf.reshape(tf.transpose(attended, [0, 2, 1, 3]), [batch, time, width]);
      return {
        values: named('output', () => projection('output').apply(params.output, joined, within(context, 'output'))),
        lengths,
      };
    },
  };
}
