import { integer, type Key, quote, words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { integerWithin, share, within } from '../options.ts';
import { checkSpecial, freePlaces, type SpecialIds } from './ids.ts';

export type MaskIdsOptions = SpecialIds & {
  /** The id of `[MASK]`. */
  readonly mask: number;
  /** The size of the vocabulary, for random ids. */
  readonly vocabulary: number;
  /** The share of tokens (with `continuing`, of words) that are chosen. Default: 0.15. */
  readonly rate?: number;
  /** Of the chosen, the share that becomes `mask`. Default: 0.8. */
  readonly masked?: number;
  /** Of the chosen, the share that becomes a random id; the rest stays as it is. Default: 0.1. */
  readonly random?: number;
  /** Ids that go on with a word, in WordPiece those of `##…`: whole words are then chosen together. */
  readonly continuing?: readonly number[];
};

export type MaskedIds = {
  readonly ids: Int32Array;
  /** 1 where a token was chosen, also where it stayed as it is: what a masked language model has to tell. */
  readonly chosen: Uint8Array;
};

/**
 * Masks ids of a tokenized text: of the chosen ones 80 % become `[MASK]`, 10 % a random id that is not special, 10 % stay. Each chosen id draws
 * its own; special ids are never chosen.
 *
 * Devlin et al., "BERT", NAACL 2019; whole words as in its later release.
 *
 * @throws RangeError when an option is out of range.
 */
export function maskIds(ids: Int32Array, key: Key, options: MaskIdsOptions): MaskedIds {
  const { mask, vocabulary, rate, masked, random, special, continuing } = complete(options);
  const next = words(key);
  const kept = new Set([...special, mask]);
  const hasOthers = [...kept].filter((id) => id < vocabulary).length < vocabulary;
  const goesOn = new Set(continuing);
  const result = ids.slice();
  const chosen = new Uint8Array(ids.length);
  let isChosen = false;
  let before = -2;
  for (const at of freePlaces(ids, special)) {
    const isSameWord = before === at - 1 && goesOn.has(ids[at]!);
    if (!isSameWord) isChosen = share(next) < rate;
    before = at;
    if (!isChosen) continue;
    chosen[at] = 1;
    const drawn = share(next);
    if (drawn < masked) result[at] = mask;
    else if (drawn < masked + random && hasOthers) {
      let id = integer(next, vocabulary);
      while (kept.has(id)) id = integer(next, vocabulary);
      result[at] = id;
    }
  }
  return { ids: result, chosen };
}

/**
 * `maskIds` as an augmentation.
 *
 * @throws RangeError when an option is out of range.
 */
export function idMask(options: MaskIdsOptions): Augmentation<Int32Array> {
  const checked = complete(options);
  return {
    name: 'idMask',
    options: checked,
    touches: ['detail'],
    apply: (ids, key) => maskIds(ids, key, checked).ids,
  };
}

function complete({
  mask,
  vocabulary,
  rate = 0.15,
  masked = 0.8,
  random = 0.1,
  special = [],
  continuing = [],
}: MaskIdsOptions): Required<MaskIdsOptions> {
  integerWithin('vocabulary', vocabulary, 1, 2 ** 31 - 1);
  integerWithin('mask', mask, 0, vocabulary - 1);
  within('rate', rate, 0, 1);
  within('masked', masked, 0, 1);
  within('random', random, 0, 1);
  if (masked + random > 1 + 1e-12)
    throw new RangeError(`masked and random: expected a sum of at most 1. Found ${quote(masked + random)}.`);
  checkSpecial(continuing);
  return { mask, vocabulary, rate, masked, random, special: checkSpecial(special), continuing };
}
