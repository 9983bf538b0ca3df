import { basicTokenizer } from './basic-tokens.ts';
import { type PairCount, pairHeap } from './pair-heap.ts';
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

type Word = { tokens: number[]; readonly count: number };

const longestWord = 100; // as the encoder has it
const pairBase = 2 ** 24; // a pair is one number: left · 2²⁴ + right

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
  const counts = countWords(texts, basicTokenizer({ lowercase }));
  const vocabulary: string[] = [...specialTokens];
  const ids = new Map<string, number>(vocabulary.map((token, id) => [token, id]));
  const add = (token: string): number => {
    const known = ids.get(token);
    if (known !== undefined) return known;
    ids.set(token, vocabulary.length);
    return vocabulary.push(token) - 1;
  };
  const words = firstTokens(counts, Math.min(alphabetLimit, size - specialTokens.length), size, add);
  const pairs = countPairs(words);
  const heap = pairHeap();
  for (const [pair, { count }] of pairs) heap.push({ pair, count });
  while (vocabulary.length < size) {
    const top = nextPair(heap, pairs);
    if (top === undefined || top.count < minFrequency) break;
    const left = Math.floor(top.pair / pairBase);
    const right = top.pair % pairBase;
    const merged = add(vocabulary[left]! + vocabulary[right]!.replace(/^##/, ''));
    const grown = new Set<number>();
    for (const word of pairs.get(top.pair)!.words) mergeIn(word, left, right, merged, pairs, grown);
    pairs.delete(top.pair);
    for (const pair of grown) if (pairs.has(pair)) heap.push({ pair, count: pairs.get(pair)!.count });
  }
  return tokenizerJson(vocabulary, { lowercase });
}

function countWords(texts: Iterable<string>, split: (text: string) => string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) {
    for (const word of split(text)) if (word.length <= longestWord) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

// Words as characters. Ids do not depend on the order of the texts: plain characters first, then ##characters, by code point.
function firstTokens(counts: Map<string, number>, limit: number, size: number, add: (token: string) => number): Word[] {
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

type Pairs = Map<number, { count: number; readonly words: Set<Word> }>;

function countPairs(words: readonly Word[]): Pairs {
  const pairs: Pairs = new Map();
  for (const word of words) changePairs(word, 1, pairs);
  return pairs;
}

function changePairs(word: Word, sign: 1 | -1, pairs: Pairs, touched?: Set<number>): void {
  for (let at = 0; at + 1 < word.tokens.length; at++) {
    const pair = word.tokens[at]! * pairBase + word.tokens[at + 1]!;
    let entry = pairs.get(pair);
    if (entry === undefined) {
      entry = { count: 0, words: new Set() };
      pairs.set(pair, entry);
    }
    entry.count += sign * word.count;
    if (sign > 0) entry.words.add(word);
    touched?.add(pair);
  }
}

function mergeIn(word: Word, left: number, right: number, merged: number, pairs: Pairs, grown: Set<number>): void {
  const { tokens } = word;
  const shorter: number[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const hit = tokens[at] === left && tokens[at + 1] === right;
    shorter.push(hit ? merged : tokens[at]!);
    if (hit) at++;
  }
  if (shorter.length === tokens.length) return; // an earlier merge took the pair away
  changePairs(word, -1, pairs);
  word.tokens = shorter;
  changePairs(word, 1, pairs, grown);
}

// Entries are not corrected in the heap: one that claims too much goes back with its count, one that claims too little has a better copy.
function nextPair(heap: ReturnType<typeof pairHeap>, pairs: Pairs): PairCount | undefined {
  for (let top = heap.pop(); top !== undefined; top = heap.pop()) {
    const count = pairs.get(top.pair)?.count ?? 0;
    if (count === top.count) return top;
    if (count > 0 && count < top.count) heap.push({ pair: top.pair, count });
  }
  return undefined;
}
