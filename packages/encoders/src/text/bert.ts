import { quote } from '@polytask/base';
import { learnWordPiece, type TokenizerJson, type WordPiece, wordPiece } from '@polytask/data';
import type { Encoder } from '../encoder.ts';
import { oncePer } from '../once-per.ts';
import type { BertSizes } from './bert-config.ts';
import type { PretrainedBert } from './bert-folder.ts';
import { type BertInputs, type BertLayerOptions, type BertParams, bert } from './bert-layer.ts';
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
};

/** JSON: tokenizer and sizes; the weights are parameters. */
export type BertSpec = BertSizes & {
  readonly tokenizer: TokenizerJson;
  readonly maxLength: number;
  readonly pooling: BertLayerOptions['pooling'];
  readonly dropout: number;
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
  bert({ ...sizesFor(1), pooling, dropout });
  learnWordPiece([], { size: vocabulary, lowercase });
  const wordPieceOf = oncePer<BertSpec, WordPiece>((spec) => wordPiece(spec.tokenizer, { maxLength: spec.maxLength }));
  return {
    fit(texts) {
      const tokenizer = pretrained?.tokenizer ?? learnWordPiece(texts, { size: vocabulary, lowercase });
      const sizes = sizesFor(Object.keys(tokenizer.model.vocab).length);
      return { ...sizes, tokenizer, maxLength: longest, pooling, dropout };
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
            const { pooler, ...params } = pretrained.params;
            const own = spec.pooling === 'pooler' ? { pooler: pooler ?? fresh.params.pooler! } : {};
            return { ...fresh, params: { ...params, ...own } };
          },
        },
      };
    },
  };
}
