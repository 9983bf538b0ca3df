import type { Problem } from '@polytask/base';

/** What tells which group an example belongs to; null where that is not known. */
export type GroupValue = string | number | null;

/**
 * A group number per example from the values of a column, for `groups` of the splits: 0 … G − 1 in the order of the sorted values.
 *
 * So the numbers depend on the values alone, not on the order of the rows. An example without a value is a group of its own, the last ones;
 * they are noted (E2310), since nobody knows whether they belong together.
 */
export function groupNumbers(values: readonly GroupValue[]): {
  readonly groups: Uint32Array;
  /** The value of each group; null for examples without one. */
  readonly names: readonly GroupValue[];
  readonly notes: readonly Problem[];
} {
  const distinct = [...new Set(values.filter((value) => value !== null).map(String))].sort();
  const names: GroupValue[] = distinct;
  const numbers = new Map(distinct.map((value, number) => [value, number]));
  let alone = 0;
  const groups = Uint32Array.from(values, (value) =>
    value === null ? distinct.length + alone++ : numbers.get(String(value))!,
  );
  if (alone === 0) return { groups, names, notes: [] };
  const message = 'The example has no group: it is one by itself, on whichever side.';
  return {
    groups,
    names: [...names, ...new Array<null>(alone).fill(null)],
    notes: [{ code: 'E2310', path: 'split', message, count: alone }],
  };
}
