/** Edit distance with transpositions (Damerau 1964, optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) => [i, ...new Array<number>(b.length).fill(0)]);
  for (let j = 0; j <= b.length; j++) rows[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      rows[i]![j] = best;
    }
  }
  return rows[a.length]![b.length]!;
}

/** The nearest of `known` names to a misspelt one, or undefined when none is near: at most a third of its letters differ. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const scored = known.map((candidate) => [distance(name.toLowerCase(), candidate.toLowerCase()), candidate] as const);
  const best = scored.sort((a, b) => a[0] - b[0])[0];
  return best && best[0] <= Math.max(1, Math.floor(best[1].length / 3)) ? best[1] : undefined;
}

/** `Did you mean "type"? Allowed: type, weight.` */
export function didYouMean(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  return `${guess ? `Did you mean "${guess}"? ` : ''}Allowed: ${known.join(', ')}.`;
}
