import { fold, type Key, permutation } from '@polytask/base';
import { sizeNotes } from './size-notes.ts';
import { collectParts, groupMembers, partSizes, roomiest, type Split, type SplitOptions } from './split.ts';

/**
 * A random split of `count` examples by `fractions`, the same for the same key.
 *
 * Sizes are exact without groups; with groups they are off by at most the largest group, and noted when that is much (E2311).
 *
 * @throws RangeError when the fractions are not ≥ 0 with sum 1, or the groups are not `count` numbers.
 */
export function randomSplit(key: Key, count: number, fractions: readonly number[], options: SplitOptions = {}): Split {
  const room = partSizes(count, fractions);
  const wished = [...room];
  const members = groupMembers(count, options.groups);
  const order = permutation(fold(key, 'random split'), members.length);
  const partOf = new Uint32Array(count);
  for (const group of order) {
    const indexes = members[group]!;
    const fits = room.findIndex((left) => left >= indexes.length);
    const part = fits >= 0 ? fits : roomiest(room, (candidate) => fractions[candidate]! > 0);
    room[part]! -= indexes.length;
    for (const index of indexes) partOf[index] = part;
  }
  const parts = collectParts(partOf, fractions.length);
  return { parts, notes: options.groups ? sizeNotes(wished, parts) : [] };
}
