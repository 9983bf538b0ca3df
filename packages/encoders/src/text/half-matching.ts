import { type Layer, softmaxCrossEntropy, type Task } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import type { BertSizes } from './bert-config.ts';
import { type BertInputs, type BertParams, bert } from './bert-layer.ts';

export type HalfMatchingOptions = BertSizes & {
  readonly dropout: number;
  /** τ ≥ 0.001. Default: 0.1. */
  readonly temperature?: number;
};

/**
 * BERT looking for the other half of each text among those of all texts of the batch: logits s_ij = cos(a_i, b_j) / τ, a and b the means of
 * the token states of the first and second halves. The state of `[CLS]` alone would be the same for all texts when training begins, and stay so for long.
 *
 * { ids, lengths } of 2 · texts halves, the first ones of all texts before the second ones → [2 · texts, texts]: the logits of the second halves for
 * each first half, then those of the first halves for each second one. A half of length 0 is no candidate.
 *
 * @throws RangeError when a size or τ is out of range.
 *
 * Giorgi, Nitski, Wang & Bader, "DeCLUTR", ACL 2021, where spans of a text lie together; the loss: van den Oord, Li & Vinyals,
 * "Representation Learning with Contrastive Predictive Coding", 2018.
 */
export function halfMatching({ temperature = 0.1, ...sizes }: HalfMatchingOptions): Layer<BertParams, BertInputs> {
  if (!(temperature >= 1e-3 && Number.isFinite(temperature)))
    throw new RangeError(`temperature: expected a finite number of at least 0.001. Found ${temperature}.`);
  // of an encoder's spec, sizes alone count: everything is trained here
  const { pooled } = bert({ ...sizes, pooling: 'mean', freeze: null, lora: null, outputDropout: 0 });
  return {
    init: pooled.init,
    apply(params, inputs, context) {
      const vectors = pooled.apply(params, inputs, context);
      const [halves, width] = vectors.shape as [number, number];
      const texts = halves / 2;
      // an unused half may be a vector of zeros
      const norms = tf.sqrt(tf.add(tf.sum(tf.square(vectors), 1, true), 1e-12));
      const [first, second] = tf.split(tf.div(vectors, norms), 2) as [tf.Tensor, tf.Tensor];
      const similar = tf.div(
        tf.matMul(tf.reshape(first, [texts, width]), tf.reshape(second, [texts, width]), false, true),
        temperature,
      );
      const used = tf.reshape(tf.cast(tf.greater(tf.slice(inputs.lengths, [0], [texts]), 0), 'float32'), [1, texts]);
      return tf.add(tf.concat([similar, tf.transpose(similar)], 0), tf.mul(tf.sub(used, 1), noCandidate));
    },
  };
}

/** Far above all logits, which are at most 1 / τ ≤ 1,000. */
const noCandidate = 1e9;

/** Finding the other half as a task. Targets: `labels` [2 · texts], the row of the text, −1 for an unused half. */
export const halvesTask = (): Task<Record<string, never>, { readonly labels: tf.Tensor }> => ({
  layer: { init: (_, inputShape) => ({ params: {}, outputShape: inputShape }), apply: (_, logits) => logits },
  loss: (logits, { labels }) => softmaxCrossEntropy(logits, labels),
});
