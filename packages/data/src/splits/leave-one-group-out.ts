import { type GroupValue, groupNumbers } from './group-numbers.ts';
import type { Split } from './split.ts';

/** Indexes that all splits together may hold: beyond, they would not fit into memory. */
const mostIndexes = 2 ** 28;

/**
 * One split [all others, the group] per group, in the order of the sorted values; no randomness, whatever the order of the rows.
 *
 * Examples without a group train in every split and are noted (E2310).
 *
 * @throws RangeError when there are fewer than two groups, or so many that the splits would hold more than 2²⁸ indexes.
 */
export function leaveOneGroupOut(values: readonly GroupValue[]): (Split & { readonly group: GroupValue })[] {
  const { groups, names, notes } = groupNumbers(values);
  const named = names.filter((name) => name !== null);
  if (named.length < 2) throw new RangeError(`groups: expected at least two. Found ${named.length}.`);
  if (named.length * values.length > mostIndexes) {
    throw new RangeError(
      `groups: expected few enough for one split each. Found ${named.length} of ${values.length} examples; use kFold with groups.`,
    );
  }
  const all = Uint32Array.from(values, (_, index) => index);
  const told = notes.map((note) => ({ ...note, message: 'The example has no group: it trains in every split.' }));
  return named.map((group, number) => ({
    group,
    parts: [all.filter((index) => groups[index] !== number), all.filter((index) => groups[index] === number)],
    notes: told,
  }));
}
