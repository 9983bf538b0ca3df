import { fold, type Key, mapTree, quote } from '@polytask/base';
import {
  activations,
  type Context,
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  type EmbeddingParams,
  embedding,
  type Host,
  type Layer,
  type LayerNormParams,
  layerNorm,
  type MultiHeadAttentionParams,
  multiHeadAttention,
  named,
  normal,
  pooling,
  type Sequence,
  stopGradient,
  within,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import type { BertSizes } from './bert-config.ts';
import { bertDepth } from './bert-depth.ts';
import { type LowRankOptions, type LowRankParams, lowRankDense } from './low-rank-dense.ts';
import type { TokenInputs } from './token-inputs.ts';

/** Tokens, and which of two segments each belongs to: [batch, items] int32, the first one where left out. */
export type BertInputs = TokenInputs & { readonly segments?: tf.Tensor };

/** With LoRA, some of the four have `a` and `b`. */
export type BertAttentionParams = { readonly [Name in keyof MultiHeadAttentionParams]: LowRankParams };

export type BertBlockParams = {
  readonly attention: BertAttentionParams;
  readonly attentionNorm: LayerNormParams;
  readonly inner: DenseParams;
  readonly outer: DenseParams;
  readonly outputNorm: LayerNormParams;
};

export type BertParams = {
  readonly tokens: EmbeddingParams;
  readonly positions: EmbeddingParams;
  /** Where the model has segments. */
  readonly segments?: EmbeddingParams;
  readonly norm: LayerNormParams;
  readonly blocks: readonly BertBlockParams[];
  /** Where the pooling is `pooler`. */
  readonly pooler?: DenseParams;
};

export type BertLayerOptions = BertSizes & {
  /** `cls`: the first token; `mean` over the tokens; `pooler`: tanh(W·first + b). */
  readonly pooling: 'cls' | 'mean' | 'pooler';
  readonly dropout: number;
  /** The rate of dropout on the pooled vector. Default: 0. */
  readonly outputDropout?: number;
  /** The embeddings and this many blocks, from the first on, stay as they are: no gradient is computed for them. Default: nothing is frozen. */
  readonly freeze?: number | null;
  /** Low-rank changes of attention's matrices; all other weights but the pooler's stay as they are. Default: none. */
  readonly lora?: BertLora | null;
};

/** LoRA on matrices of attention. */
export type BertLora = LowRankOptions & {
  /** Default: query and value. */
  readonly matrices?: readonly (keyof MultiHeadAttentionParams)[];
};

/** Both layers share `encode`: the states of all tokens. */
export type BertLayers = {
  /** { ids, lengths, segments? } → sequence of [batch, time, width]. */
  readonly states: Layer<BertParams, BertInputs, Sequence>;
  /** … → [batch, width]. */
  readonly pooled: Layer<BertParams, BertInputs>;
};

/**
 * BERT: x = norm(E[id] + P[position] + S[segment]); in each block x ← norm(x + attention(x)), x ← norm(x + W₂·f(W₁·x)); then pooling.
 *
 * Padding has no part in it. Steps beyond the number of positions are ignored. All weights start normal with σ = 0.02, all biases at 0.
 *
 * Frozen parameters have no gradient: an optimizer neither moves nor decays them.
 *
 * @throws RangeError when a size is out of range, `freeze` is more than there are blocks, or an option of `lora` is none.
 *
 * Devlin, Chang, Lee & Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", NAACL 2019.
 */
export function bert(options: BertLayerOptions): BertLayers {
  const { width, heads, hidden, layers, positions: most, segments: segmentCount, epsilon } = options;
  const init = normal({ standardDeviation: 0.02 });
  const tokens = embedding({ count: options.tokens, width, init });
  const places = embedding({ count: most, width, init });
  const norm = layerNorm({ epsilon });
  const { freeze = null, lora = null } = options;
  if (freeze !== null && !(Number.isInteger(freeze) && freeze >= 0 && freeze <= layers))
    throw new RangeError(`freeze: expected an integer from 0 to ${layers}. Found ${quote(freeze)}.`);
  const adapted: readonly string[] = lora ? (lora.matrices ?? ['query', 'value']) : [];
  const projection = (name: string) =>
    lowRankDense({ units: width, init, ...(lora && adapted.includes(name) ? lora : { rank: 0 }) });
  const projections = {
    query: projection('query'),
    key: projection('key'),
    value: projection('value'),
    output: projection('output'),
  };
  const attention = multiHeadAttention({
    heads,
    width,
    dropout: options.dropout,
    projection: (name) => projections[name],
  });
  const outputDrop = dropoutLayer({ rate: options.outputDropout ?? 0 });
  const isFrozen = (path: string) => {
    const depth = bertDepth(path);
    if (depth === undefined) return false;
    return (freeze !== null && depth <= freeze) || (lora !== null && !/\.[ab]$/.test(path));
  };
  const held = (params: BertParams): BertParams =>
    freeze === null && !lora
      ? params
      : (mapTree<tf.Tensor, tf.Tensor>(params as never, (value, path) =>
          isFrozen(path) ? stopGradient(value) : value,
        ) as unknown as BertParams);
  const [inner, outer] = [dense({ units: hidden, init }), dense({ units: width, init })];
  const drop = dropoutLayer({ rate: options.dropout });
  const mean = pooling({ mode: 'mean' });
  const f = options.activation === 'geluTanh' ? geluTanh : activations[options.activation];
  const names = Array.from({ length: layers }, (_, at) => `block ${at}`);

  const states: BertLayers['states']['apply'] = (given, inputs, context) => {
    const params = held(given);
    const [batch, padded] = inputs.ids.shape as [number, number];
    const time = Math.min(padded, most);
    const cut = (ids: tf.Tensor) => (time < padded ? tf.slice(ids, [0, 0], [batch, time]) : ids);
    const lengths = time < padded ? tf.minimum(inputs.lengths, time) : inputs.lengths;
    let embedded = tf.add(
      named('tokens', () => tokens.apply(params.tokens, cut(inputs.ids), context)),
      tf.reshape(tf.slice(params.positions.table, [0, 0], [time, width]), [1, time, width]),
    );
    if (params.segments) {
      const table = params.segments.table;
      // without segments every token is of the first
      const own = inputs.segments
        ? tf.reshape(
            tf.matMul(
              tf.reshape(tf.cast(tf.oneHot(tf.cast(cut(inputs.segments), 'int32'), segmentCount), 'float32'), [
                -1,
                segmentCount,
              ]),
              table,
            ),
            [batch, time, width],
          )
        : tf.reshape(tf.slice(table, [0, 0], [1, width]), [1, 1, width]);
      embedded = tf.add(embedded, own);
    }
    const first = drop.apply({}, norm.apply(params.norm, embedded, context), within(context, 'embedding'));
    const values = names.reduce<tf.Tensor>((x, name, at) => {
      const { attention: weights, attentionNorm, inner: one, outer: two, outputNorm } = params.blocks[at]!;
      const part = within(context, name);
      return named(`blocks.${at}`, () => {
        const attended = attention.apply(weights, { values: x, lengths }, within(part, 'attention')).values;
        const y = norm.apply(attentionNorm, tf.add(x, drop.apply({}, attended, within(part, 'attended'))), part);
        const fed = outer.apply(two, f(inner.apply(one, y, part)), part);
        return norm.apply(outputNorm, tf.add(y, drop.apply({}, fed, within(part, 'fed'))), part);
      });
    }, first);
    return { values, lengths };
  };

  const initParams = (key: Key): Host<BertParams> => ({
    tokens: tokens.init(fold(key, 'tokens'), []).params,
    positions: places.init(fold(key, 'positions'), []).params,
    ...(segmentCount > 0 && {
      segments: embedding({ count: segmentCount, width, init }).init(fold(key, 'segments'), []).params,
    }),
    norm: norm.init(key, [width]).params,
    blocks: names.map((name) => {
      const own = fold(key, name);
      const project = (part: keyof MultiHeadAttentionParams) => projections[part].init(fold(own, part), [width]).params;
      return {
        attention: { query: project('query'), key: project('key'), value: project('value'), output: project('output') },
        attentionNorm: norm.init(own, [width]).params,
        inner: inner.init(fold(own, 'inner'), [width]).params,
        outer: outer.init(fold(own, 'outer'), [hidden]).params,
        outputNorm: norm.init(own, [width]).params,
      };
    }),
    ...(options.pooling === 'pooler' && {
      pooler: dense({ units: width, init }).init(fold(key, 'pooler'), [width]).params,
    }),
  });

  const pooled = (params: BertParams, sequence: Sequence, context: Context): tf.Tensor => {
    if (options.pooling === 'mean') return mean.apply({}, sequence, context);
    const [batch] = sequence.values.shape as [number];
    const first = tf.reshape(tf.slice(sequence.values, [0, 0, 0], [batch, 1, width]), [batch, width]);
    if (options.pooling === 'cls') return first;
    return named('pooler', () => tf.tanh(dense({ units: width }).apply(params.pooler!, first, context)));
  };

  return {
    states: { init: (key) => ({ params: initParams(key), outputShape: [most, width] }), apply: states },
    pooled: {
      init: (key) => ({ params: initParams(key), outputShape: [width] }),
      apply(params, inputs, context) {
        const sequence = states(params, inputs, context);
        return outputDrop.apply({}, pooled(params, sequence, context), within(context, 'output'));
      },
    },
  };
}

/** ½x(1 + tanh(√(2/π)(x + 0.044715x³))). */
const geluTanh = (x: tf.Tensor): tf.Tensor =>
  tf.mul(
    tf.mul(x, 0.5),
    tf.add(tf.tanh(tf.mul(tf.add(x, tf.mul(tf.mul(tf.square(x), x), 0.044715)), Math.sqrt(2 / Math.PI))), 1),
  );
