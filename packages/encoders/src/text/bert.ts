import { quote } from '@polytask/base';
import type { Host } from '@polytask/core';
import { learnWordPiece, type TokenizerJson, type WordPiece, wordPiece } from '@polytask/data';
import type { Encoder } from '../encoder.ts';
import { oncePer } from '../once-per.ts';
import type { BertSizes } from './bert-config.ts';
import type { PretrainedBert } from './bert-folder.ts';
import {
  type BertAttentionParams,
  type BertInputs,
  type BertLayerOptions,
  type BertLora,
  type BertParams,
  bert,
} from './bert-layer.ts';
import { collateTokens, tokenAxes } from './token-inputs.ts';

export type BertOptions = {
  /** What `readBertFolder` read; its sizes and vocabulary take the place of those below. Without it the encoder is trained from scratch. */
  readonly pretrained?: Pick<PretrainedBert, 'sizes' | 'params' | 'tokenizer'> | null;
  /** Default: 2, 128, 2, 4 · width. */
  readonly layers?: number;
  readonly width?: number;
  readonly heads?: number;
  readonly hidden?: number;
  /** Size of the WordPiece vocabulary that `fit` learns. Default: 8,000. */
  readonly vocabulary?: number;
  /** Default: true. */
  readonly lowercase?: boolean;
  /** Longest list of tokens, `[CLS]` and `[SEP]` included. Default: 128. */
  readonly maxLength?: number;
  /** Default: `cls`. */
  readonly pooling?: BertLayerOptions['pooling'];
  /** Default: 0.1. */
  readonly dropout?: number;
  /** The rate of dropout on the pooled vector. Default: 0. */
  readonly outputDropout?: number;
  /** The embeddings and this many blocks, from the first on, are not trained. Default: all are. */
  readonly freeze?: number | null;
  /** Trains low-rank changes of attention's matrices instead of all weights but the pooler's. Default: none. */
  readonly lora?: BertLora | null;
};

/** JSON: tokenizer and sizes; the weights are parameters. */
export type BertSpec = BertSizes & {
  readonly tokenizer: TokenizerJson;
  readonly maxLength: number;
  readonly pooling: BertLayerOptions['pooling'];
  readonly dropout: number;
  readonly outputDropout?: number;
  readonly freeze?: number | null;
  readonly lora?: BertLora | null;
};

/**
 * Text as WordPiece tokens through BERT, with pretrained weights or from scratch: text → [width].
 *
 * With `pretrained`, the first values of the parameters are its weights; a pooler that the file lacks starts at random.
 *
 * @throws RangeError when an option is out of range.
 *
 * Devlin, Chang, Lee & Toutanova, "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", NAACL 2019.
 */
export function bertEncoder({
  pretrained = null,
  layers = 2,
  width = 128,
  heads = 2,
  hidden = 4 * width,
  vocabulary = 8000,
  lowercase = true,
  maxLength = 128,
  pooling = 'cls',
  dropout = 0.1,
  outputDropout = 0,
  freeze = null,
  lora = null,
}: BertOptions = {}): Encoder<string, BertSpec, Int32Array, BertParams, BertInputs> {
  const most = pretrained?.sizes.positions ?? maxLength;
  if (!(Number.isInteger(maxLength) && maxLength >= 3))
    throw new RangeError(`maxLength: expected an integer ≥ 3. Found ${quote(maxLength)}.`);
  const longest = Math.min(maxLength, most);
  const sizesFor = (tokens: number): BertSizes =>
    pretrained?.sizes ?? {
      tokens,
      positions: maxLength,
      segments: 2,
      width,
      layers,
      heads,
      hidden,
      activation: 'gelu',
      epsilon: 1e-12,
    };
  const training = { pooling, dropout, outputDropout, freeze, lora };
  bert({ ...sizesFor(1), ...training });
  learnWordPiece([], { size: vocabulary, lowercase });
  const wordPieceOf = oncePer<BertSpec, WordPiece>((spec) => wordPiece(spec.tokenizer, { maxLength: spec.maxLength }));
  return {
    fit(texts) {
      const tokenizer = pretrained?.tokenizer ?? learnWordPiece(texts, { size: vocabulary, lowercase });
      const sizes = sizesFor(Object.keys(tokenizer.model.vocab).length);
      return { ...sizes, tokenizer, maxLength: longest, ...training };
    },
    encode: (text, spec) => wordPieceOf(spec).encode(text),
    lengthOf: (ids) => ids.length,
    lengthBuckets: 4, // attention grows with the square of the length
    axes: tokenAxes,
    collate: collateTokens,
    layer(spec) {
      const { pooled } = bert(spec);
      return {
        inputShape: [spec.maxLength],
        layer: {
          apply: pooled.apply,
          init(key, inputShape) {
            const fresh = pooled.init(key, inputShape);
            if (!pretrained) return fresh;
            const { pooler, blocks, ...params } = pretrained.params;
            const own = spec.pooling === 'pooler' ? { pooler: pooler ?? fresh.params.pooler! } : {};
            const changed = blocks.map((block, at) => ({
              ...block,
              attention: withChanges(block.attention, fresh.params.blocks[at]!.attention),
            }));
            return { ...fresh, params: { ...params, blocks: changed, ...own } };
          },
        },
      };
    },
  };
}

/** Pretrained matrices with the new low-rank changes beside them. */
function withChanges(
  pretrained: Host<BertAttentionParams>,
  fresh: Host<BertAttentionParams>,
): Host<BertAttentionParams> {
  const one = (name: keyof BertAttentionParams) => {
    const { weight: _weight, bias: _bias, ...changes } = fresh[name];
    return { ...pretrained[name], ...changes };
  };
  return { query: one('query'), key: one('key'), value: one('value'), output: one('output') };
}
