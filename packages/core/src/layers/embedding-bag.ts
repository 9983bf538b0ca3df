import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from '../layer.ts';
import { type EmbeddingOptions, type EmbeddingParams, embedding } from './embedding.ts';
import { lengthMask } from './length-mask.ts';

/** `ids` [batch, items] int32, of which the first `lengths[i]` of row i count. Any valid id may fill the rest. */
export type Bag = { readonly ids: tf.Tensor; readonly lengths: tf.Tensor };

export type EmbeddingBagOptions = EmbeddingOptions & {
  /** Default `mean`. An empty bag gives 0 both ways. */
  readonly combine?: 'mean' | 'sum';
};

/**
 * The sum or mean of the table rows of a bag of ids: y = Σⱼ E[idⱼ], or that over the number of ids.
 *
 * { ids [batch, items], lengths [batch] } → [batch, width]. Padding has no part in the value or the gradient.
 * The input shape is [items].
 *
 * @throws RangeError when `count` or `width` is not a positive integer or `combine` is unknown.
 */
export function embeddingBag({ combine = 'mean', ...options }: EmbeddingBagOptions): Layer<EmbeddingParams, Bag> {
  if (combine !== 'mean' && combine !== 'sum') {
    throw new RangeError(`embeddingBag.combine: expected "mean" or "sum". Found ${quote(combine)}.`);
  }
  const rows = embedding(options);
  return {
    init: (key) => ({ params: rows.init(key, []).params, outputShape: [options.width] }),
    apply(params, { ids, lengths }, context) {
      const [batch, items] = ids.shape as [number, number];
      const mask = lengthMask(lengths, items);
      const divisors = tf.maximum(tf.reshape(tf.cast(lengths, 'float32'), [batch, 1]), 1);
      const weights = combine === 'sum' ? mask : tf.div(mask, divisors);
      // [batch, 1, items] · [batch, items, width]
      const combined = tf.matMul(tf.reshape(weights, [batch, 1, items]), rows.apply(params, ids, context));
      return tf.reshape(combined, [batch, options.width]);
    },
  };
}
