import { fold, hostTensor, PolytaskError, quote } from '@polytask/base';
import { ctc, ctcFeasible, type DenseParams, dense, type Sequence, within } from '@polytask/core';
import type * as tf from '@tensorflow/tfjs-core';
import { beamDecode, frameScores, greedyDecode } from './ctc-decoding.ts';
import type { Head } from './head.ts';

export type TranscribeOptions = {
  /** Prefixes that beam search keeps; 1 takes the best class of each frame. Default: 1. */
  readonly beam?: number;
  /** Whether texts are read in lower case. Default: true. */
  readonly lowercase?: boolean;
};

/** JSON: the characters in the order of the classes from 1 on; class 0 is the blank. */
export type TranscribeSpec = {
  readonly characters: readonly string[];
  readonly beam: number;
  readonly lowercase: boolean;
};

export type TranscribeParams = { readonly logits: DenseParams };

/** `labels` [batch, longest] int32, `lengths` [batch] int32, `present` [batch] float32, 0 where there is no text. */
export type TranscribeTarget = { readonly labels: tf.Tensor; readonly lengths: tf.Tensor; readonly present: tf.Tensor };

/** `logits` [batch, time, classes], of which the first `lengths[i]` frames of row i count. */
export type TranscribeOutputs = { readonly logits: tf.Tensor; readonly lengths: tf.Tensor };

export type Transcription = {
  readonly text: string;
  /** Of the text; with beam 1, of the one path that was taken. */
  readonly logProbability: number;
};

/**
 * A text for a sequence: one logit per character and frame, trained with connectionist temporal classification.
 *
 * The characters are those of the training texts, whitespace runs as one space. Characters that training did not have are left out of
 * targets. The count is Σ text length, so that the loss is one per character; texts that are too long for their frames add nothing to it.
 *
 * @throws RangeError when an option is out of range.
 * @throws PolytaskError E2304 from `fit` without any text.
 *
 * Graves et al., "Connectionist temporal classification", ICML 2006.
 */
export function transcribe({
  beam = 1,
  lowercase = true,
}: TranscribeOptions = {}): Head<
  string,
  TranscribeSpec,
  TranscribeParams,
  TranscribeTarget,
  Transcription,
  TranscribeOutputs,
  Sequence
> {
  if (!(Number.isInteger(beam) && beam > 0)) throw new RangeError(`beam: expected a positive integer. Found ${beam}.`);
  return {
    fit(labels) {
      const known = new Set(labels.flatMap((label) => (label === null ? [] : [...normal(label, lowercase)])));
      if (known.size === 0)
        throw new PolytaskError('data', {
          code: 'E2304',
          message: 'Expected at least one text in the training split. Found none.',
          fix: 'Check the column of the task.',
        });
      return { characters: [...known].sort((a, b) => a.codePointAt(0)! - b.codePointAt(0)!), beam, lowercase };
    },
    target(labels, { characters, lowercase: lower }) {
      const classOf = new Map(characters.map((character, at) => [character, at + 1]));
      const texts = labels.map((label) =>
        label === null ? [] : [...normal(label, lower)].flatMap((character) => classOf.get(character) ?? []),
      );
      // a multiple of 8: shapes are few
      const longest = Math.max(8, Math.ceil(texts.reduce((most, { length }) => Math.max(most, length), 0) / 8) * 8);
      const classes = new Int32Array(labels.length * longest);
      for (const [row, text] of texts.entries()) classes.set(text, row * longest);
      return {
        tensors: {
          labels: hostTensor('int32', [labels.length, longest], classes),
          lengths: hostTensor(
            'int32',
            [labels.length],
            texts.map(({ length }) => length),
          ),
          present: hostTensor(
            'float32',
            [labels.length],
            labels.map((label) => (label === null ? 0 : 1)),
          ),
        },
        count: texts.reduce((sum, { length }) => sum + length, 0),
      };
    },
    task({ characters }) {
      const logits = dense({ units: characters.length + 1 });
      return {
        layer: {
          init(key, inputShape) {
            if (inputShape.length !== 2)
              throw new RangeError(`transcribe: expected a sequence [time, features]. Found ${quote(inputShape)}.`);
            const { params, outputShape } = logits.init(fold(key, 'logits'), inputShape);
            return { params: { logits: params }, outputShape };
          },
          apply: (params, { values, lengths }, context) => ({
            logits: logits.apply(params.logits, values, within(context, 'logits')),
            lengths,
          }),
        },
        loss: ({ logits: scores, lengths: logitLengths }, { labels, lengths: labelLengths, present }) => {
          const { sum, count } = ctc(scores, labels, { logitLengths, labelLengths }, { present });
          return { sum, count };
        },
      };
    },
    decode({ logits, lengths }, { characters, beam: width }) {
      const [batch, time, classes] = logits.shape as [number, number, number];
      if (logits.shape.length !== 3 || classes !== characters.length + 1)
        throw new RangeError(
          `outputs: expected logits [batch, time, ${characters.length + 1}]. Found ${quote(logits.shape)}.`,
        );
      return Array.from({ length: batch }, (_, row) => {
        const scores = frameScores(logits.data, row * time * classes, lengths.data[row]!, classes);
        const { labels, logProbability } = width === 1 ? greedyDecode(scores) : beamDecode(scores, { width })[0]!;
        return { text: labels.map((label) => characters[label - 1]!).join(''), logProbability };
      });
    },
  };
}

/** Whether a text has a path through so many frames of the representation. */
export const transcribable = (text: string, frames: number, { characters, lowercase }: TranscribeSpec): boolean =>
  ctcFeasible(
    [...normal(text, lowercase)].flatMap((character) => {
      const at = characters.indexOf(character);
      return at < 0 ? [] : [at + 1];
    }),
    frames,
  );

/** NFKC, runs of whitespace as one space, none at the ends. */
const normal = (text: string, lowercase: boolean): string => {
  const clean = text.normalize('NFKC').replace(/\s+/gu, ' ').trim();
  return lowercase ? clean.toLowerCase() : clean;
};
