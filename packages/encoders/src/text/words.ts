import { hostTensor, type Shape } from '@polytask/base';
import { type Layer, named, type Sequence } from '@polytask/core';
import { type TokenizerJson, wordPiece } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import type { Encoder } from '../encoder.ts';
import { oncePer } from '../once-per.ts';
import { type BertOptions, type BertSpec, bertEncoder } from './bert.ts';
import { type BertParams, bert } from './bert-layer.ts';
import { collateTokens, type TokenInputs, tokenAxes } from './token-inputs.ts';
import { type TransformerOptions, type TransformerSpec, transformerEncoder } from './transformer.ts';
import { type TransformerParams, transformerStates } from './transformer-layer.ts';

/** The tokens of a text, and at which of them each of its words begins. */
export type WordTokens = { readonly ids: Int32Array; readonly starts: Int32Array };

/** Tokens; `starts` [batch, items] int32, of which the first `words[i]` of row i count; `words` [batch] int32. */
export type WordInputs = TokenInputs & { readonly starts: tf.Tensor; readonly words: tf.Tensor };

/**
 * As `transformerEncoder`, with one vector for each word of a text instead of one for all: text → sequence of [words, width].
 *
 * Words are what stands between white space. Each is represented by the state of its first token, as in BERT's own tagger; words beyond
 * `maxLength` tokens are cut off.
 */
export const transformerWordEncoder = (
  options: Omit<TransformerOptions, 'pooling'> = {},
): Encoder<string, TransformerSpec, WordTokens, TransformerParams, WordInputs, Sequence> =>
  perWord(transformerEncoder(options), (spec, tokens) => ({
    states: transformerStates({ ...spec, tokens }),
    stateShape: [spec.maxLength, spec.width],
  }));

/** As `bertEncoder`, with one vector for each word, as `transformerWordEncoder`. */
export const bertWordEncoder = (
  options: Omit<BertOptions, 'pooling'> = {},
): Encoder<string, BertSpec, WordTokens, BertParams, WordInputs, Sequence> =>
  perWord(bertEncoder({ ...options, pooling: 'cls' }), (spec) => ({
    states: bert(spec).states,
    stateShape: [spec.maxLength, spec.width],
  }));

type TokenSpec = { readonly tokenizer: TokenizerJson; readonly maxLength: number };

function perWord<Spec extends TokenSpec, Params>(
  whole: Encoder<string, Spec, Int32Array, Params, TokenInputs>,
  statesOf: (
    spec: Spec,
    tokens: number,
  ) => { readonly states: Pick<Layer<Params, TokenInputs, Sequence>, 'apply'>; readonly stateShape: Shape },
): Encoder<string, Spec, WordTokens, Params, WordInputs, Sequence> {
  const splitterOf = oncePer<Spec, WordSplitter>(wordSplitter);
  return {
    fit: whole.fit,
    encode: (text, spec) => splitterOf(spec).encode(text),
    lengthOf: ({ ids }) => ids.length,
    ...(whole.lengthBuckets !== undefined && { lengthBuckets: whole.lengthBuckets }),
    axes: tokenAxes,
    collate(texts, { size, width }) {
      const tokens = collateTokens(
        texts.map(({ ids }) => ids),
        { size, width },
      );
      const starts = new Int32Array(size * width);
      const words = new Int32Array(size);
      for (const [row, text] of texts.entries()) {
        const kept = text.starts.filter((at) => at < width);
        starts.set(kept, row * width);
        words[row] = kept.length;
      }
      return {
        ...tokens,
        starts: hostTensor('int32', [size, width], starts),
        words: hostTensor('int32', [size], words),
      };
    },
    layer(spec) {
      const { layer, inputShape } = whole.layer(spec);
      const { states, stateShape } = statesOf(spec, splitterOf(spec).size);
      return {
        inputShape,
        layer: {
          init: (key, shape) => ({ params: layer.init(key, shape).params, outputShape: stateShape }),
          apply(params, { ids, lengths, starts, words }, context) {
            const { values } = states.apply(params, { ids, lengths }, context);
            return { values: named('words', () => chosen(values, starts)), lengths: words };
          },
        },
      };
    },
  };
}

/** The steps that `starts` names: a product with which step each of them is, whose gradient every device has. */
function chosen(values: tf.Tensor, starts: tf.Tensor): tf.Tensor {
  const [batch, time] = values.shape as [number, number];
  const [, count] = starts.shape as [number, number];
  const isStep = tf.equal(
    tf.reshape(starts, [batch, count, 1]),
    tf.reshape(tf.range(0, time, 1, 'int32'), [1, 1, time]),
  );
  return tf.matMul(tf.cast(isStep, 'float32'), values); // [batch, count, time] · [batch, time, width]
}

type WordSplitter = { readonly size: number; encode(text: string): WordTokens };

/** Most words of most texts are a few thousand different ones. */
const remembered = 50_000;

function wordSplitter({ tokenizer, maxLength }: TokenSpec): WordSplitter {
  const pieces = wordPiece(tokenizer, { maxLength });
  const [classId, separatorId] = pieces.encode('') as unknown as [number, number];
  const known = new Map<string, Int32Array>();
  const piecesOf = (word: string): Int32Array => {
    const found = known.get(word);
    if (found) return found;
    const made = pieces.encode(word).slice(1, -1);
    // a word of nothing but control characters still has its place
    const ids = made.length === 0 ? Int32Array.of(pieces.unknownId) : made;
    if (known.size < remembered) known.set(word, ids);
    return ids;
  };
  return {
    size: pieces.size,
    encode(text) {
      const ids = [classId];
      const starts: number[] = [];
      for (const word of text.split(/\s+/u)) {
        if (word === '') continue;
        const room = maxLength - 1 - ids.length;
        if (room <= 0) break;
        starts.push(ids.length);
        for (const id of piecesOf(word).subarray(0, room)) ids.push(id);
      }
      ids.push(separatorId);
      return { ids: Int32Array.from(ids), starts: Int32Array.from(starts) };
    },
  };
}
