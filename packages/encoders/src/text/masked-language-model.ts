import { fold, type Key } from '@polytask/base';
import {
  activations,
  type DenseParams,
  dense,
  type Host,
  type Layer,
  type LayerNormParams,
  layerNorm,
  named,
  normal,
  softmaxCrossEntropy,
  type Task,
  zeros,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import type { BertSizes } from './bert-config.ts';
import { type BertInputs, type BertParams, bert } from './bert-layer.ts';

/** What guesses tokens: a dense layer with its norm, and a bias [tokens] for each token. The decoder is the table of tokens. */
export type MlmHeadParams = {
  readonly dense: DenseParams;
  readonly norm: LayerNormParams;
  readonly bias: tf.Tensor;
};

export type MlmParams = { readonly bert: BertParams; readonly head: MlmHeadParams };

/** With the places that are guessed: [batch, places] int32; unused ones may hold any position. */
export type MlmInputs = BertInputs & { readonly positions: tf.Tensor };

/**
 * BERT with its masked-language-model head: logits = norm(gelu(h·W + b))·Eᵀ + β at the given places only, E the table of tokens.
 *
 * { ids, lengths, positions [batch, places] } → [batch · places, tokens], row by row of the batch.
 *
 * @throws RangeError when a size is out of range.
 *
 * Devlin, Chang, Lee & Toutanova, "BERT", NAACL 2019; the tied decoder: Press & Wolf, "Using the Output Embedding to Improve Language
 * Models", EACL 2017.
 */
export function maskedLanguageModel({
  dropout,
  ...sizes
}: BertSizes & { readonly dropout: number }): Layer<MlmParams, MlmInputs> {
  const { width, tokens } = sizes;
  // of an encoder's spec, sizes alone count: everything is trained here
  const { states } = bert({ ...sizes, dropout, pooling: 'cls', freeze: null, lora: null });
  const transform = dense({ units: width, init: normal({ standardDeviation: 0.02 }) });
  const norm = layerNorm({ epsilon: sizes.epsilon });
  return {
    init(key, inputShape) {
      const { params } = states.init(fold(key, 'bert'), inputShape);
      return { params: { bert: params, head: mlmHead(sizes, fold(key, 'head')) }, outputShape: [tokens] };
    },
    apply(params, inputs, context) {
      const { values } = states.apply(params.bert, inputs, context);
      const [batch, time] = values.shape as [number, number];
      const places = inputs.positions.shape[1]!;
      return named('head', () => {
        // [batch, places, time] · [batch, time, width]: a product, whose gradient needs no scatter
        const chosen = tf.cast(tf.oneHot(tf.cast(inputs.positions, 'int32'), time), 'float32');
        const picked = tf.reshape(tf.matMul(chosen, values), [batch * places, width]);
        const guess = activations.gelu(transform.apply(params.head.dense, picked, context));
        const own = norm.apply(params.head.norm, guess, context);
        return tf.add(tf.matMul(own, params.bert.tokens.table, false, true), params.head.bias);
      });
    },
  };
}

/** The first values of a head. */
export function mlmHead({ width, tokens }: BertSizes, key: Key): Host<MlmHeadParams> {
  const transform = dense({ units: width, init: normal({ standardDeviation: 0.02 }) });
  return {
    dense: transform.init(key, [width]).params,
    norm: layerNorm().init(key, [width]).params,
    bias: zeros(key, [tokens]),
  };
}

/** Guessing hidden tokens as the one task of a model whose encoder is `maskedLanguageModel`. Targets: `labels` [batch · places], −1 where a place is unused. */
export const mlmTask = (): Task<Record<string, never>, { readonly labels: tf.Tensor }> => ({
  layer: { init: (_, inputShape) => ({ params: {}, outputShape: inputShape }), apply: (_, logits) => logits },
  loss: (logits, { labels }) => softmaxCrossEntropy(logits, labels),
});
