import { quote, words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { integerWithin, within } from '../options.ts';
import { keptItems, swappedOrder } from './choose.ts';

/** Ids that are never changed, such as those of `[CLS]` and `[SEP]`. */
export type SpecialIds = { readonly special?: readonly number[] };

/**
 * Leaves out ids of a tokenized text; special ones stay, and of the others at least one.
 *
 * @throws RangeError when the rate (default: 0.1) is not from 0 to 1.
 */
export function idDropout({
  rate = 0.1,
  special = [],
}: SpecialIds & { readonly rate?: number } = {}): Augmentation<Int32Array> {
  within('rate', rate, 0, 1);
  return {
    name: 'idDropout',
    options: { rate, special: checkSpecial(special) },
    touches: ['detail'],
    apply(ids, key) {
      const free = freePlaces(ids, special);
      const kept = new Set(keptItems(words(key), free.length, rate).map((at) => free[at]!));
      const droppable = new Set(free);
      return ids.filter((_, at) => !droppable.has(at) || kept.has(at));
    },
  };
}

/**
 * Ids of a tokenized text change places with one of the next `distance` (default: 1); special ones stay where they are.
 *
 * @throws RangeError when the rate (default: 0.1) is not from 0 to 1 or the distance no positive integer.
 */
export function idSwap({
  rate = 0.1,
  distance = 1,
  special = [],
}: SpecialIds & { readonly rate?: number; readonly distance?: number } = {}): Augmentation<Int32Array> {
  within('rate', rate, 0, 1);
  integerWithin('distance', distance, 1, 1000);
  return {
    name: 'idSwap',
    options: { rate, distance, special: checkSpecial(special) },
    touches: ['wordOrder'],
    apply(ids, key) {
      const free = freePlaces(ids, special);
      const order = swappedOrder(words(key), free.length, rate, distance);
      const result = ids.slice();
      order.forEach((from, to) => {
        result[free[to]!] = ids[free[from]!]!;
      });
      return result;
    },
  };
}

/** The places of ids that are not special. */
export function freePlaces(ids: Int32Array, special: readonly number[]): number[] {
  const kept = new Set(special);
  return Array.from(ids.keys()).filter((at) => !kept.has(ids[at]!));
}

/** @throws RangeError unless all are ids. */
export function checkSpecial(special: readonly number[]): readonly number[] {
  if (!special.every((id) => Number.isInteger(id) && id >= 0))
    throw new RangeError(`special: expected ids, integers ≥ 0. Found ${quote(special)}.`);
  return special;
}
