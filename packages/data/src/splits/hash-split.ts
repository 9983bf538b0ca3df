import { fold, type Key } from '@polytask/base';
import { collectParts, partSizes, type Split } from './split.ts';

/**
 * A split in which the part of an example follows from its id and the key alone: uᵢ = hash(key, idᵢ) ∈ [0, 1) against the summed fractions.
 *
 * Neither the order of the rows nor examples that come or go later move any other example; for that, sizes are right only on average, with a
 * standard deviation of √(n·f·(1 − f)). With the group as the id, groups stay whole.
 *
 * @throws RangeError when the fractions are not ≥ 0 with sum 1 and a first part > 0.
 */
export function hashSplit(key: Key, ids: readonly (string | number)[], fractions: readonly number[]): Split {
  partSizes(ids.length, fractions);
  const used = fractions.map((fraction, part) => ({ fraction, part })).filter(({ fraction }) => fraction > 0);
  const own = fold(key, 'hash split');
  const partOf = Uint32Array.from(ids, (id) => {
    let left = fold(own, String(id)).key[0] / 2 ** 32;
    for (const { fraction, part } of used) {
      left -= fraction;
      if (left < 0) return part;
    }
    return used.at(-1)!.part;
  });
  return { parts: collectParts(partOf, fractions.length), notes: [] };
}
