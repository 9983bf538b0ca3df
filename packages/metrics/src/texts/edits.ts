/** How a reference becomes a hypothesis in the fewest edits. */
export type Edits = { readonly substitutions: number; readonly deletions: number; readonly insertions: number };

/**
 * The fewest edits from a reference to a hypothesis; among as few, as many substitutions as possible.
 *
 * Levenshtein, 1966; Wagner & Fischer, "The String-to-String Correction Problem", 1974. Time is the product of the lengths.
 */
export function edits(reference: readonly string[], hypothesis: readonly string[]): Edits {
  // a row of the table: cost, and how many of it are deletions and insertions; what is left are substitutions
  let row = Array.from({ length: hypothesis.length + 1 }, (_, at) => ({ cost: at, deletions: 0, insertions: at }));
  for (const token of reference) {
    const next = [{ cost: row[0]!.cost + 1, deletions: row[0]!.deletions + 1, insertions: 0 }];
    for (const [at, other] of hypothesis.entries()) {
      const [diagonal, above, left] = [row[at]!, row[at + 1]!, next[at]!];
      const cost = diagonal.cost + (token === other ? 0 : 1);
      if (cost <= above.cost + 1 && cost <= left.cost + 1) next.push({ ...diagonal, cost });
      else if (above.cost <= left.cost) next.push({ ...above, cost: above.cost + 1, deletions: above.deletions + 1 });
      else next.push({ ...left, cost: left.cost + 1, insertions: left.insertions + 1 });
    }
    row = next;
  }
  const { cost, deletions, insertions } = row.at(-1)!;
  return { substitutions: cost - deletions - insertions, deletions, insertions };
}
