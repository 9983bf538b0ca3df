import type { Problem } from '@polytask/base';

/** Example indexes per part, ascending; part 0 is the training part. */
export type Split = {
  readonly parts: readonly Uint32Array[];
  /** What could not be done as asked, such as a class too rare for every part (E2302). */
  readonly notes: readonly Problem[];
};

export type SplitOptions = {
  /** A group number per example; a group stays on one side. See `duplicateGroups`. */
  readonly groups?: ArrayLike<number>;
};

/**
 * Whole sizes for `count` examples by largest remainder, summing to `count`.
 *
 * @throws RangeError when the fractions are not ≥ 0 with sum 1 and a first part > 0.
 */
export function partSizes(count: number, fractions: readonly number[]): number[] {
  const sum = fractions.reduce((total, fraction) => total + fraction, 0);
  if (!fractions.every((fraction) => fraction >= 0) || Math.abs(sum - 1) > 1e-6 || !(fractions[0]! > 0)) {
    throw new RangeError(`fractions: expected numbers ≥ 0 with sum 1, the first > 0. Found [${fractions.join(', ')}].`);
  }
  const sizes = fractions.map((fraction) => Math.floor(count * fraction + 1e-9));
  const left = count - sizes.reduce((total, size) => total + size, 0);
  const byRemainder = fractions
    .map((fraction, part) => ({ part, remainder: count * fraction - sizes[part]! }))
    .sort((a, b) => b.remainder - a.remainder || a.part - b.part);
  for (let extra = 0; extra < left; extra++) sizes[byRemainder[extra]!.part]!++;
  return sizes;
}

/** The members of each group, groups in the order of their first member; without groups each example is one. */
export function groupMembers(count: number, groups: ArrayLike<number> | undefined): number[][] {
  if (groups === undefined) return Array.from({ length: count }, (_, index) => [index]);
  if (groups.length !== count) throw new RangeError(`groups: expected ${count} numbers. Found ${groups.length}.`);
  const members = new Map<number, number[]>();
  for (let index = 0; index < count; index++) {
    const known = members.get(groups[index]!);
    if (known) known.push(index);
    else members.set(groups[index]!, [index]);
  }
  return [...members.values()];
}

/** The part to put `size` examples into: the one with most room, first among equals. */
export function roomiest(room: readonly number[], allowed: (part: number) => boolean): number {
  let best = -1;
  for (let part = 0; part < room.length; part++) {
    if (allowed(part) && (best < 0 || room[part]! > room[best]!)) best = part;
  }
  return Math.max(best, 0);
}

/** Sorted index lists from the part number of each example. */
export function collectParts(partOf: ArrayLike<number>, partCount: number): Uint32Array[] {
  const parts: number[][] = Array.from({ length: partCount }, () => []);
  for (let index = 0; index < partOf.length; index++) parts[partOf[index]!]!.push(index);
  return parts.map((part) => Uint32Array.from(part));
}
