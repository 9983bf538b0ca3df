import { fold, type Key, words } from '@polytask/base';
import { normalizeText } from '../text/normalize-text.ts';
import { disjointSets } from './disjoint-sets.ts';
import { jaccard, type Shingles, shinglesOf } from './shingles.ts';

export type NearDuplicateOptions = {
  /** The Jaccard similarity, above 0 to 1, from which two texts are near-duplicates. Default: 0.8. */
  readonly threshold?: number;
  /** Draws the hash functions. */
  readonly key: Key;
  /** Default: runs of 5 characters of the normalised text. */
  readonly shingles?: Shingles;
  /** Hash functions per text; more miss fewer pairs. Default: 128. */
  readonly permutations?: number;
  /** A text is compared with at most so many others per band, so that a million texts of one template end. Default: 100. */
  readonly maxCompared?: number;
};

export type NearDuplicates = {
  /** A group number per text; texts in one group are linked by near-duplicates. Fits `groups` of the splits. */
  readonly groups: Uint32Array;
  /** The pairs that link groups, `first` < `second`, with their exact Jaccard similarity. */
  readonly pairs: readonly { readonly first: number; readonly second: number; readonly similarity: number }[];
  /** Candidates that were not compared because of `maxCompared`. */
  readonly uncompared: number;
};

/**
 * Groups of texts that are nearly equal after normalisation (NFKC, lower case, white space): Jaccard similarity of their shingles ≥ threshold.
 *
 * MinHash signatures (Broder 1997) in bands (locality-sensitive hashing, Indyk & Motwani 1998) give candidates, and each is verified on the
 * sets of shingles themselves, as 32-bit hashes. Bands are chosen so that a pair at the threshold is missed with a probability below 1 %.
 * Empty texts are near no other.
 *
 * @throws RangeError when an option is out of range.
 */
export function nearDuplicates(texts: ArrayLike<string | null>, options: NearDuplicateOptions): NearDuplicates {
  const {
    threshold = 0.8,
    key,
    shingles = { unit: 'characters', size: 5 },
    permutations = 128,
    maxCompared = 100,
  } = options;
  if (!(threshold > 0 && threshold <= 1))
    throw new RangeError(`threshold: expected above 0, at most 1. Found ${threshold}.`);
  for (const [name, value] of Object.entries({ permutations, maxCompared, 'shingles.size': shingles.size })) {
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  }
  const sets = disjointSets(texts.length);
  const pairs: { first: number; second: number; similarity: number }[] = [];
  const firstOf = new Map<string, number>();
  const distinct: number[] = [];
  const hashes: Int32Array[] = [];
  for (let at = 0; at < texts.length; at++) {
    const text = normalizeText(texts[at] ?? '');
    if (text === '') continue;
    const first = firstOf.get(text);
    if (first === undefined) {
      firstOf.set(text, at);
      distinct.push(at);
      hashes.push(shinglesOf(text, shingles));
    } else {
      sets.union(first, at);
      pairs.push({ first, second: at, similarity: 1 });
    }
  }
  firstOf.clear();
  const rowsPerBand = bandRows(threshold, permutations);
  const bands = Math.floor(permutations / rowsPerBand);
  const multipliers = new Int32Array(bands * rowsPerBand);
  const offsets = new Int32Array(bands * rowsPerBand);
  const next = words(fold(key, 'minhash'));
  for (let at = 0; at < multipliers.length; at++) {
    multipliers[at] = next() | 1; // odd: a bijection of 32-bit words
    offsets[at] = next();
  }
  let uncompared = 0;
  for (let band = 0; band < bands; band++) {
    const buckets = new Map<number, number[]>();
    for (let member = 0; member < distinct.length; member++) {
      const bucket = signature(hashes[member]!, multipliers, offsets, band * rowsPerBand, rowsPerBand);
      const others = buckets.get(bucket);
      if (others === undefined) {
        buckets.set(bucket, [member]);
        continue;
      }
      // a text of the same group is no news, and one per group is enough to be compared with later ones of that group
      let compared = 0;
      for (const other of others) {
        const [first, second] = [distinct[other]!, distinct[member]!];
        if (sets.find(first) === sets.find(second)) continue;
        if (compared++ === maxCompared) {
          uncompared++;
          break;
        }
        const similarity = jaccard(hashes[other]!, hashes[member]!);
        if (similarity < threshold) continue;
        sets.union(first, second);
        pairs.push({ first, second, similarity });
      }
      others.push(member);
    }
  }
  return { groups: sets.groups(), pairs, uncompared };
}

/** The most rows per band r with (1 − tʳ)^⌊n/r⌋ < 0.01; 1 when there are none. */
function bandRows(threshold: number, permutations: number): number {
  for (let rows = Math.min(permutations, 32); rows > 1; rows--) {
    if ((1 - threshold ** rows) ** Math.floor(permutations / rows) < 0.01) return rows;
  }
  return 1;
}

// The minima of a band's hash functions as one number below 2⁵³: bands meet by chance once in 10¹⁵.
function signature(
  hashes: Int32Array,
  multipliers: Int32Array,
  offsets: Int32Array,
  start: number,
  count: number,
): number {
  let low = 0x811c9dc5;
  let high = 0x9747b28c;
  for (let at = start; at < start + count; at++) {
    const multiplier = multipliers[at]!;
    const offset = offsets[at]!;
    let least = 0x7fffffff;
    for (let member = 0; member < hashes.length; member++) {
      const hash = (Math.imul(hashes[member]!, multiplier) + offset) | 0;
      if (hash < least) least = hash;
    }
    low = Math.imul(low ^ least, 0x01000193);
    low ^= low >>> 15;
    high = Math.imul(high ^ least, 0x85ebca6b);
    high ^= high >>> 13;
  }
  return (low >>> 0) * 2 ** 21 + (high >>> 11);
}
