import { type PairCount, pairHeap } from './pair-heap.ts';

/** A word as tokens, and how often it occurs. */
export type CountedWord = { tokens: number[]; readonly count: number };

/** A pair is one number: left · 2²⁴ + right. */
export const pairBase = 2 ** 24;

/**
 * Merges the most frequent pair of neighbours within words, again and again, until `merge` says stop or no pair occurs `minFrequency` times.
 *
 * Equal counts: the pair whose tokens are older, left one first.
 *
 * @param merge the id of the token that a pair becomes; undefined ends it.
 * Sennrich, Haddow & Birch, "Neural Machine Translation of Rare Words with Subword Units", ACL 2016.
 */
export function mergePairs(
  words: readonly CountedWord[],
  minFrequency: number,
  merge: (left: number, right: number) => number | undefined,
): void {
  const pairs = countPairs(words);
  const heap = pairHeap();
  for (const [pair, { count }] of pairs) heap.push({ pair, count });
  for (;;) {
    const top = nextPair(heap, pairs);
    if (top === undefined || top.count < minFrequency) return;
    const left = Math.floor(top.pair / pairBase);
    const right = top.pair % pairBase;
    const merged = merge(left, right);
    if (merged === undefined) return;
    const grown = new Set<number>();
    for (const word of pairs.get(top.pair)!.words) mergeIn(word, left, right, merged, pairs, grown);
    pairs.delete(top.pair);
    for (const pair of grown) if (pairs.has(pair)) heap.push({ pair, count: pairs.get(pair)!.count });
  }
}

type Pairs = Map<number, { count: number; readonly words: Set<CountedWord> }>;

function countPairs(words: readonly CountedWord[]): Pairs {
  const pairs: Pairs = new Map();
  for (const word of words) changePairs(word, 1, pairs);
  return pairs;
}

function changePairs(word: CountedWord, sign: 1 | -1, pairs: Pairs, touched?: Set<number>): void {
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

function mergeIn(
  word: CountedWord,
  left: number,
  right: number,
  merged: number,
  pairs: Pairs,
  grown: Set<number>,
): void {
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
