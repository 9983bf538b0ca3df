/**
 * The quantile bin of each number, 0 … bins − 1, and null for null: makes a regression task fit for `stratifiedSplit`.
 *
 * Bin b holds the values from the b/bins quantile up to the next. Equal numbers share a bin, so bins may be unequal or empty.
 *
 * @throws RangeError when `bins` is not a positive integer.
 */
export function quantileBins(values: readonly (number | null)[], bins = 5): (number | null)[] {
  if (!(Number.isInteger(bins) && bins > 0)) throw new RangeError(`bins: expected a positive integer. Found ${bins}.`);
  const sorted = Float64Array.from(values.filter((value) => value !== null)).sort();
  const edges = Array.from({ length: bins - 1 }, (_, at) => sorted[Math.floor(((at + 1) * sorted.length) / bins)]!);
  return values.map((value) => {
    if (value === null) return null;
    let bin = 0;
    while (bin < edges.length && value >= edges[bin]!) bin++;
    return bin;
  });
}
