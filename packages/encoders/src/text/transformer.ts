import { quote } from '@polytask/base';
import type { PoolingMode } from '@polytask/core';
import { learnWordPiece, type TokenizerJson, type WordPiece, wordPiece } from '@polytask/data';
import type { Encoder } from '../encoder.ts';
import { oncePer } from '../once-per.ts';
import { collateTokens, type TokenInputs, tokenAxes } from './token-inputs.ts';
import { type TransformerParams, transformer } from './transformer-layer.ts';

export type TransformerOptions = {
  /** Blocks of attention and feed-forward. Default: 2. */
  readonly layers?: number;
  /** Numbers per token. Default: 128. */
  readonly width?: number;
  /** Attention heads, a divisor of `width`. Default: 4. */
  readonly heads?: number;
  /** Units inside the feed-forward parts. Default: 4 · width. */
  readonly hidden?: number;
  /** The rate of dropout behind the embeddings and behind every part of a block. Default: 0.1. */
  readonly dropout?: number;
  /** Size of the WordPiece vocabulary that `fit` learns. Default: 8,000. */
  readonly vocabulary?: number;
  /** Default: true; strips accents too. */
  readonly lowercase?: boolean;
  /** A WordPiece `tokenizer.json` to use instead of learning one; `vocabulary` and `lowercase` then have no effect. */
  readonly tokenizer?: TokenizerJson | null;
  /** Longest list of tokens, `[CLS]` and `[SEP]` included; the end of longer texts is cut off. Default: 128. */
  readonly maxLength?: number;
  /** How a text's tokens become one vector. Default: `mean`. */
  readonly pooling?: PoolingMode;
};

/** JSON: the tokenizer and the sizes of the layer. */
export type TransformerSpec = {
  readonly tokenizer: TokenizerJson;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  readonly hidden: number;
  readonly dropout: number;
  readonly maxLength: number;
  readonly pooling: PoolingMode;
};

/**
 * Text as WordPiece tokens through a Transformer that is trained from scratch: text → [width].
 *
 * @throws RangeError when an option is out of range.
 * @throws PolytaskError E2401 when `tokenizer` holds no WordPiece model.
 *
 * Vaswani et al., "Attention Is All You Need", NeurIPS 2017; norms before the parts: Xiong et al., "On Layer Normalization in the
 * Transformer Architecture", ICML 2020.
 */
export function transformerEncoder({
  layers = 2,
  width = 128,
  heads = 4,
  hidden = 4 * width,
  dropout = 0.1,
  vocabulary = 8000,
  lowercase = true,
  tokenizer = null,
  maxLength = 128,
  pooling = 'mean',
}: TransformerOptions = {}): Encoder<string, TransformerSpec, Int32Array, TransformerParams, TokenInputs> {
  if (!(Number.isInteger(maxLength) && maxLength >= 3)) {
    throw new RangeError(`maxLength: expected an integer ≥ 3. Found ${quote(maxLength)}.`);
  }
  const sizes = { layers, width, heads, hidden, dropout, maxLength, pooling };
  if (tokenizer) wordPiece(tokenizer, { maxLength });
  learnWordPiece([], { size: vocabulary, lowercase });
  transformer({ ...sizes, tokens: 1 });
  const wordPieceOf = oncePer<TransformerSpec, WordPiece>((spec) =>
    wordPiece(spec.tokenizer, { maxLength: spec.maxLength }),
  );
  return {
    fit: (texts) => ({ tokenizer: tokenizer ?? learnWordPiece(texts, { size: vocabulary, lowercase }), ...sizes }),
    encode: (text, spec) => wordPieceOf(spec).encode(text),
    lengthOf: (ids) => ids.length,
    lengthBuckets: 4, // attention grows with the square of the length
    axes: tokenAxes,
    collate: collateTokens,
    layer: (spec) => ({
      layer: transformer({ ...spec, tokens: wordPieceOf(spec).size }),
      inputShape: [spec.maxLength],
    }),
  };
}
