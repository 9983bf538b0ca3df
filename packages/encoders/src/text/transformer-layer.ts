import { fold, quote } from '@polytask/base';
import {
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  type EmbeddingParams,
  embedding,
  type Layer,
  type LayerNormParams,
  layerNorm,
  type MultiHeadAttentionParams,
  multiHeadAttention,
  type NoParams,
  named,
  normal,
  onValues,
  type PoolingMode,
  pooling as poolingLayer,
  residual,
  type Sequence,
  sequential,
  within,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import type { TokenInputs } from './token-inputs.ts';

export type TransformerLayerOptions = {
  /** The number of token ids. */
  readonly tokens: number;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  readonly dropout: number;
  readonly maxLength: number;
  readonly pooling: PoolingMode;
};

export type TransformerBlockParams = {
  readonly attention: {
    readonly norm: LayerNormParams;
    readonly attention: MultiHeadAttentionParams;
    readonly dropout: NoParams;
  };
  readonly feedForward: {
    readonly norm: LayerNormParams;
    readonly inner: DenseParams;
    readonly outer: DenseParams;
    readonly dropout: NoParams;
  };
};

/** `tokens.table` [tokens, width], `positions.table` [maxLength, width], the blocks in their order and the norm behind them. */
export type TransformerParams = {
  readonly tokens: EmbeddingParams;
  readonly positions: EmbeddingParams;
  readonly blocks: readonly TransformerBlockParams[];
  readonly norm: LayerNormParams;
};

/**
 * A Transformer over tokens: x = E[id] + P[position]; in each block x ← x + attention(norm(x)), x ← x + W₂·gelu(W₁·norm(x)); then a norm
 * and pooling over the tokens.
 *
 * { ids [batch, time], lengths [batch] } → [batch, width]. Padding has no part in it. Steps beyond `maxLength` are ignored: there is no
 * position for them.
 *
 * @throws RangeError when an option is out of range.
 *
 * Vaswani et al., "Attention Is All You Need", NeurIPS 2017; Xiong et al., "On Layer Normalization in the Transformer Architecture",
 * ICML 2020.
 */
export function transformer(options: TransformerLayerOptions): Layer<TransformerParams, TokenInputs> {
  const states = transformerStates(options);
  const pool = poolingLayer({ mode: options.pooling });
  return {
    init: (key, inputShape) => ({ ...states.init(key, inputShape), outputShape: [options.width] }),
    apply: (params, inputs, context) => {
      const sequence = states.apply(params, inputs, context);
      return named('pooling', () => pool.apply({}, sequence, context));
    },
  };
}

/** The same without pooling: the states of all tokens, a sequence of [batch, time, width]. */
export function transformerStates(
  options: Omit<TransformerLayerOptions, 'pooling'>,
): Layer<TransformerParams, TokenInputs, Sequence> {
  const { width, maxLength, layers } = options;
  if (!(Number.isInteger(layers) && layers >= 0)) {
    throw new RangeError(`layers: expected an integer ≥ 0. Found ${quote(layers)}.`);
  }
  const init = normal({ standardDeviation: 0.02 });
  const tokens = embedding({ count: options.tokens, width, init });
  const positions = embedding({ count: maxLength, width, init });
  const block = transformerBlock(options);
  const norm = layerNorm();
  const drop = dropoutLayer({ rate: options.dropout });
  const names = Array.from({ length: layers }, (_, at) => `block ${at}`);
  return {
    init: (key) => ({
      params: {
        tokens: tokens.init(fold(key, 'tokens'), []).params,
        positions: positions.init(fold(key, 'positions'), []).params,
        blocks: names.map((name) => block.init(fold(key, name), [maxLength, width]).params),
        norm: norm.init(fold(key, 'norm'), [width]).params,
      },
      outputShape: [maxLength, width],
    }),
    apply(params, inputs, context) {
      const [batch, padded] = inputs.ids.shape as [number, number];
      const time = Math.min(padded, maxLength);
      const ids = time < padded ? tf.slice(inputs.ids, [0, 0], [batch, time]) : inputs.ids;
      const lengths = time < padded ? tf.minimum(inputs.lengths, time) : inputs.lengths;
      const embedded = tf.add(
        named('tokens', () => tokens.apply(params.tokens, ids, context)),
        named('positions', () => tf.reshape(tf.slice(params.positions.table, [0, 0], [time, width]), [1, time, width])),
      ); // [batch, time, width]
      const first: Sequence = { values: drop.apply({}, embedded, within(context, 'embedding')), lengths };
      const last = names.reduce(
        (x, name, at) => named(`blocks.${at}`, () => block.apply(params.blocks[at]!, x, within(context, name))),
        first,
      );
      return { values: named('norm', () => norm.apply(params.norm, last.values, context)), lengths };
    },
  };
}

/** Norms before the parts: trains from scratch without a warm-up of its own. */
function transformerBlock({
  width,
  heads,
  hidden,
  dropout,
}: Omit<TransformerLayerOptions, 'pooling'>): Layer<TransformerBlockParams, Sequence, Sequence> {
  const drop = () => onValues(dropoutLayer({ rate: dropout }));
  return sequential({
    attention: residual(
      sequential({
        norm: onValues(layerNorm()),
        attention: multiHeadAttention({ heads, width, dropout }),
        dropout: drop(),
      }),
    ),
    feedForward: residual(
      sequential({
        norm: onValues(layerNorm()),
        inner: onValues(dense({ units: hidden, activation: 'gelu' })),
        outer: onValues(dense({ units: width })),
        dropout: drop(),
      }),
    ),
  });
}
