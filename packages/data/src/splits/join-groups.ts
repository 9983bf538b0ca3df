import { disjointSets } from '../cleaning/disjoint-sets.ts';

/**
 * One group number per example from several groupings: examples that any of them joins share one, also through others.
 *
 * @throws RangeError when the groupings differ in length.
 */
export function joinGroups(...groupings: readonly ArrayLike<number>[]): Uint32Array {
  const count = groupings[0]?.length ?? 0;
  const sets = disjointSets(count);
  for (const groups of groupings) {
    if (groups.length !== count) throw new RangeError(`groups: expected ${count} numbers. Found ${groups.length}.`);
    const first = new Map<number, number>();
    for (let index = 0; index < count; index++) {
      const known = first.get(groups[index]!);
      if (known === undefined) first.set(groups[index]!, index);
      else sets.union(known, index);
    }
  }
  return sets.groups();
}
