import { forEachLabelled, type LabelBatch } from '../label-batch.ts';
import type { Metric } from '../metric.ts';
import { edits } from './edits.ts';

/** `tokens` are those of the references, `count` the texts. */
export type ErrorRateState = {
  readonly substitutions: number;
  readonly deletions: number;
  readonly insertions: number;
  readonly tokens: number;
  readonly count: number;
};

/**
 * Words that are wrong, of a whole corpus: WER = Σ (S + D + I) / Σ N, N the words of the references.
 *
 * Texts are compared as they are, split at whitespace: bring them to one form before. Where no reference has a word, it is the number of words
 * inserted, 0 where there is none, as jiwer 4 has it. More than 1 is possible. NaN without evidence.
 */
export const wordErrorRate = (): Metric<LabelBatch, ErrorRateState, number> => errorRate('wordErrorRate', wordsOf);

/** Characters that are wrong, spaces among them: CER = Σ (S + D + I) / Σ N, N the characters (code points) of the references. See `wordErrorRate`. */
export const characterErrorRate = (): Metric<LabelBatch, ErrorRateState, number> =>
  errorRate('characterErrorRate', (text) => [...text.trim()]);

const wordsOf = (text: string): string[] => text.split(/\s+/u).filter((word) => word !== '');

function errorRate(name: string, tokensOf: (text: string) => string[]): Metric<LabelBatch, ErrorRateState, number> {
  return {
    name,
    direction: 'down',
    empty: { substitutions: 0, deletions: 0, insertions: 0, tokens: 0, count: 0 },
    observe(batch) {
      let state: ErrorRateState = { substitutions: 0, deletions: 0, insertions: 0, tokens: 0, count: 0 };
      forEachLabelled(batch, (predicted, actual) => {
        const reference = tokensOf(actual);
        state = merge(state, { ...edits(reference, tokensOf(predicted)), tokens: reference.length, count: 1 });
      });
      return state;
    },
    merge,
    compute({ substitutions, deletions, insertions, tokens, count }) {
      if (count === 0) return Number.NaN;
      return (substitutions + deletions + insertions) / Math.max(1, tokens);
    },
  };
}

const merge = (left: ErrorRateState, right: ErrorRateState): ErrorRateState => ({
  substitutions: left.substitutions + right.substitutions,
  deletions: left.deletions + right.deletions,
  insertions: left.insertions + right.insertions,
  tokens: left.tokens + right.tokens,
  count: left.count + right.count,
});
