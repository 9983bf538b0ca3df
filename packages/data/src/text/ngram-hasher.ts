import { characterClass, letter, punctuation, space, unspaced } from './characters.ts';
import { normalizeText } from './normalize-text.ts';

/** JSON, saved with the run. */
export type NgramHasherOptions = {
  /** The number of rows of the embedding table: ids are 0 … buckets − 1. */
  readonly buckets: number;
  /** Longest run of neighbouring words hashed as one item. 1: single words only. Default: 2. */
  readonly wordNgrams?: number;
  /** Character n-grams of each word between boundary marks `<` and `>`; null for none. Default: 3 to 5. */
  readonly charNgrams?: { readonly min: number; readonly max: number } | null;
  /** Default: true. */
  readonly lowercase?: boolean;
};

/** The bucket ids of the items of a text, in text order, repeated as often as the item occurs. */
export type NgramHasher = (text: string) => Int32Array;

const prime = 0x01000193;
// FNV-1a's start value, one per kind of item, so that the word "the" and the character n-gram "the" are two items.
const wordBasis = 0x811c9dc5;
const characterBasis = 0x050c5d1f;
const pairBasis = 0x9747b28c;
const unspacedBasis = 0x2c1b3c6d;
const unspacedMax = 3;
const open = 60; // <
const close = 62; // >

/**
 * Hashed n-grams of a text: every word, its character n-grams, runs of neighbouring words; punctuation marks are words without n-grams.
 *
 * Text in scripts without spaces between words (Chinese, Japanese, Thai, …) gives its character 1- to 3-grams. The hash is FNV-1a with 32
 * bits over code points and the finaliser of MurmurHash3. Bojanowski et al., "Enriching Word Vectors with Subword Information", TACL 2017;
 * Joulin et al., "Bag of Tricks for Efficient Text Classification", EACL 2017.
 *
 * @throws RangeError when an option is out of range.
 */
export function ngramHasher(options: NgramHasherOptions): NgramHasher {
  const { buckets, wordNgrams = 2, charNgrams = { min: 3, max: 5 }, lowercase = true } = options;
  check('buckets', buckets, 1, 2 ** 31 - 1);
  check('wordNgrams', wordNgrams, 1, 10);
  const min = charNgrams?.min ?? 1;
  const max = charNgrams?.max ?? 0;
  if (charNgrams) {
    check('charNgrams.min', min, 1, 20);
    check('charNgrams.max', max, min, 20);
  }
  const classes = new Int8Array(0x10000).fill(-1); // a cache: the class of a character takes three regular expressions
  const classOf = (codePoint: number): number => {
    if (codePoint > 0xffff) return characterClass(codePoint);
    if (classes[codePoint]! < 0) classes[codePoint] = characterClass(codePoint);
    return classes[codePoint]!;
  };
  const bucket = (hash: number) => {
    let mixed = hash ^ (hash >>> 16);
    mixed = Math.imul(mixed, 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) % buckets;
  };

  return (text) => {
    const points = codePoints(normalizeText(text, { lowercase }));
    const ids: number[] = [];
    const recent: number[] = []; // hashes of the last words, for runs of words
    const finishWord = (hash: number) => {
      ids.push(bucket(hash));
      let run = pairBasis;
      for (let back = recent.length - 1, size = 2; back >= 0 && size <= wordNgrams; back--, size++) {
        run = Math.imul(run ^ (size === 2 ? hash : 0), prime);
        run = Math.imul(run ^ recent[back]!, prime);
        ids.push(bucket(run));
      }
      recent.push(hash);
      if (recent.length >= wordNgrams) recent.shift();
    };
    let at = 0;
    while (at < points.length) {
      const kind = classOf(points[at]!);
      const start = at++;
      if (kind === space) continue;
      if (kind === punctuation) {
        finishWord(Math.imul(wordBasis ^ points[start]!, prime));
        continue;
      }
      while (at < points.length && classOf(points[at]!) === kind) at++;
      if (kind === unspaced) {
        grams(points, start, at, 1, unspacedMax, unspacedBasis, (hash) => ids.push(bucket(hash)));
        recent.length = 0;
        continue;
      }
      if (kind !== letter) continue;
      let hash = wordBasis;
      for (let position = start; position < at; position++) hash = Math.imul(hash ^ points[position]!, prime);
      finishWord(hash);
      if (max > 0) markedGrams(points, start, at, min, max, (gram) => ids.push(bucket(gram)));
    }
    return Int32Array.from(ids);
  };
}

function check(name: string, value: number, from: number, to: number): void {
  if (!(Number.isInteger(value) && value >= from && value <= to)) {
    throw new RangeError(`${name}: expected an integer from ${from} to ${to}. Found ${value}.`);
  }
}

function codePoints(text: string): Int32Array {
  const points = new Int32Array(text.length);
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const point = text.codePointAt(at)!;
    if (point > 0xffff) at++;
    points[count++] = point;
  }
  return points.subarray(0, count);
}

type Emit = (hash: number) => void;

function grams(points: Int32Array, start: number, end: number, min: number, max: number, basis: number, emit: Emit) {
  for (let from = start; from < end; from++) {
    let hash = basis;
    for (let size = 1; size <= max && from + size <= end; size++) {
      hash = Math.imul(hash ^ points[from + size - 1]!, prime);
      if (size >= min) emit(hash);
    }
  }
}

// The n-grams of <word>, without a single mark and without <word> itself, which is hashed as the word already.
function markedGrams(points: Int32Array, start: number, end: number, min: number, max: number, emit: Emit) {
  const length = end - start + 2;
  for (let from = 0; from < length; from++) {
    let hash = characterBasis;
    for (let size = 1; size <= max && from + size <= length; size++) {
      const position = from + size - 1;
      const point = position === 0 ? open : position === length - 1 ? close : points[start + position - 1]!;
      hash = Math.imul(hash ^ point, prime);
      if (size < min || size === length) continue;
      if (size === 1 && (position === 0 || position === length - 1)) continue;
      emit(hash);
    }
  }
}
