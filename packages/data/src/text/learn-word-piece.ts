import { basicTokenizer } from './basic-tokens.ts';
import { countWords } from './count-words.ts';
import { type CountedWord, mergePairs, pairBase } from './merge-pairs.ts';
import { specialTokens, type TokenizerJson, tokenizerJson } from './tokenizer-json.ts';

export type LearnWordPieceOptions = {
  /** Tokens in the vocabulary, the five special ones and the alphabet included; fewer when the texts give no more. */
  readonly size: number;
  /** A pair that occurs less often is not merged. Default: 2. */
  readonly minFrequency?: number;
  /** Default: true; strips accents too. */
  readonly lowercase?: boolean;
  /** Most characters in the alphabet; words with rarer ones become `[UNK]`. Default: 1,000. */
  readonly alphabetLimit?: number;
};

const longestWord = 100; // as the encoder has it

/**
 * Learns a WordPiece vocabulary from the training texts.
 *
 * Starts from characters, inner ones marked `##`, and merges the most frequent pair of neighbours within words until the vocabulary is
 * full: count(ab), as Hugging Face's trainer for BERT does, not the score count(ab) / (count(a)·count(b)). Equal counts: the pair whose
 * tokens are older, left one first. So equal texts in any order give equal vocabularies.
 * Schuster & Nakajima, "Japanese and Korean Voice Search", ICASSP 2012.
 *
 * @throws RangeError when the size does not hold the special tokens.
 */
export function learnWordPiece(texts: Iterable<string>, options: LearnWordPieceOptions): TokenizerJson {
  const { size, minFrequency = 2, lowercase = true, alphabetLimit = 1000 } = options;
  if (!(Number.isInteger(size) && size > specialTokens.length && size < pairBase)) {
    throw new RangeError(
      `size: expected an integer from ${specialTokens.length + 1} to ${pairBase - 1}. Found ${size}.`,
    );
  }
  const counts = countWords(texts, basicTokenizer({ lowercase }), longestWord);
  const vocabulary: string[] = [...specialTokens];
  const ids = new Map<string, number>(vocabulary.map((token, id) => [token, id]));
  const add = (token: string): number => {
    const known = ids.get(token);
    if (known !== undefined) return known;
    ids.set(token, vocabulary.length);
    return vocabulary.push(token) - 1;
  };
  const words = firstTokens(counts, Math.min(alphabetLimit, size - specialTokens.length), size, add);
  mergePairs(words, minFrequency, (left, right) =>
    vocabulary.length < size ? add(vocabulary[left]! + vocabulary[right]!.replace(/^##/, '')) : undefined,
  );
  return tokenizerJson(vocabulary, { lowercase });
}

// Words as characters. Ids do not depend on the order of the texts: plain characters first, then ##characters, by code point.
function firstTokens(
  counts: Map<string, number>,
  limit: number,
  size: number,
  add: (token: string) => number,
): CountedWord[] {
  const frequency = new Map<string, number>();
  for (const [word, count] of counts)
    for (const character of word) frequency.set(character, (frequency.get(character) ?? 0) + count);
  const kept = [...frequency].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, limit);
  const alphabet = new Set(kept.map(([character]) => character));
  const plain = [...alphabet].sort();
  const inner = new Set<string>();
  const sorted = [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
  const split = sorted
    .map(([word, count]) => ({ characters: Array.from(word), count }))
    .filter(({ characters }) => characters.every((character) => alphabet.has(character)));
  for (const { characters } of split) for (const character of characters.slice(1)) inner.add(character);
  for (const character of plain) add(character);
  const room = size - specialTokens.length - plain.length;
  const marked = [...inner].sort().slice(0, room);
  for (const character of marked) add(`##${character}`);
  const known = new Set(marked);
  return split
    .filter(({ characters }) => characters.slice(1).every((character) => known.has(character)))
    .map(({ characters, count }) => ({
      tokens: characters.map((character, at) => add(at === 0 ? character : `##${character}`)),
      count,
    }));
}
