/** The quantile bin of each number, 0 … bins − 1, and null for null: makes a regression task fit for `stratifiedSplit`. */
export function quantileBins(values: readonly (number | null)[], bins = 5): (number | null)[] {
  const sorted = values.filter((value) => value !== null).sort((a, b) => a - b);
  const edges = Array.from({ length: bins - 1 }, (_, at) => sorted[Math.floor(((at + 1) * sorted.length) / bins)]!);
  return values.map((value) => (value === null ? null : edges.filter((edge) => value >= edge).length));
}
