import { quote } from '@polytask/base';
import { type NgramHasher, ngramHasher } from '@polytask/data';
import type { Encoder } from '../encoder.ts';
import { oncePer } from '../once-per.ts';
import { type BagTowerOptions, type BagTowerParams, bagTower, checkBagTower } from './bag-tower.ts';
import { collateTokens, type TokenInputs, tokenAxes } from './token-inputs.ts';

export type NgramOptions = {
  /** Rows of the embedding table that the n-grams are hashed to. Default: 65,536. */
  readonly buckets?: number;
  /** Numbers per n-gram. Default: 64. */
  readonly width?: number;
  /** Longest run of neighbouring words. Default: 2. */
  readonly wordNgrams?: number;
  /** Character n-grams within words; null for none. Default: 3 to 5. */
  readonly charNgrams?: { readonly min: number; readonly max: number } | null;
  /** Default: true. */
  readonly lowercase?: boolean;
  /** How the n-grams of a text are put together; see `bagTower`. Default: `rootMean`. */
  readonly combine?: BagTowerOptions['combine'];
  /** Units of the dense layers after the bag, with relu. Default: none, so that heads see the bag itself. */
  readonly hidden?: readonly number[];
  /** The rate at which features are dropped while training, behind the bag and every dense layer. Default: 0.3. */
  readonly dropout?: number;
  /** The rate at which whole n-grams are left out while training. Default: 0.3. */
  readonly itemDropout?: number;
  /** Longest list of n-grams; the end of longer texts is cut off. Default: 512. */
  readonly maxItems?: number;
};

/** JSON: the options, complete. Nothing else is learnt from the texts. */
export type NgramSpec = Required<NgramOptions>;

/**
 * Text as a bag of hashed n-grams: words, runs of words and characters within words, embedded, put together and, if wanted, sent through
 * dense layers: text → [features].
 *
 * @throws RangeError when an option is out of range.
 *
 * Joulin et al., "Bag of Tricks for Efficient Text Classification", EACL 2017; Bojanowski et al., "Enriching Word Vectors with Subword
 * Information", TACL 2017.
 */
export function ngramEncoder({
  buckets = 65536,
  width = 64,
  wordNgrams = 2,
  charNgrams = { min: 3, max: 5 },
  lowercase = true,
  combine = 'rootMean',
  hidden = [],
  dropout = 0.3,
  itemDropout = 0.3,
  maxItems = 512,
}: NgramOptions = {}): Encoder<string, NgramSpec, Int32Array, BagTowerParams, TokenInputs> {
  const fitted: NgramSpec = {
    buckets,
    width,
    wordNgrams,
    charNgrams,
    lowercase,
    combine,
    hidden,
    dropout,
    itemDropout,
    maxItems,
  };
  ngramHasher(fitted);
  checkBagTower(fitted);
  if (!(Number.isInteger(maxItems) && maxItems > 0)) {
    throw new RangeError(`maxItems: expected a positive integer. Found ${quote(maxItems)}.`);
  }
  const hasherOf = oncePer<NgramSpec, NgramHasher>(ngramHasher);
  return {
    fit: () => fitted,
    encode: (text, spec) => hasherOf(spec)(text).slice(0, spec.maxItems),
    lengthOf: (ids) => ids.length,
    lengthBuckets: 1,
    axes: tokenAxes,
    collate: collateTokens,
    layer: (spec) => ({ layer: bagTower(spec), inputShape: [spec.maxItems] }),
  };
}
