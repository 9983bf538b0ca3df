/** How far groups stand on two sides. */
export type Crossing = {
  /** Examples of the held-out part whose group stands in the first part too. */
  readonly examples: number;
  /** Groups of the held-out part, and how many of them stand in the first part too. */
  readonly groups: number;
  readonly shared: number;
};

/** Counts the groups of `held` that stand in `training` too; a negative number is no group. */
export function crossingGroups(
  groups: ArrayLike<number>,
  training: ArrayLike<number>,
  held: ArrayLike<number>,
): Crossing {
  const trained = new Set<number>();
  for (let at = 0; at < training.length; at++) trained.add(groups[training[at]!]!);
  const found = new Set<number>();
  let examples = 0;
  for (let at = 0; at < held.length; at++) {
    const group = groups[held[at]!]!;
    if (group < 0) continue;
    found.add(group);
    if (trained.has(group)) examples++;
  }
  let shared = 0;
  for (const group of found) if (trained.has(group)) shared++;
  return { examples, groups: found.size, shared };
}
