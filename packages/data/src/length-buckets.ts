/**
 * At most `maxBuckets` lengths to pad to: the quantiles of `lengths`, rounded up to multiples of 8. The last holds the longest.
 *
 * @throws RangeError when there are no lengths or `maxBuckets` is not a positive integer.
 */
export function lengthBuckets(lengths: ArrayLike<number>, maxBuckets = 4): number[] {
  if (!(Number.isInteger(maxBuckets) && maxBuckets > 0)) {
    throw new RangeError(`maxBuckets: expected a positive integer. Found ${maxBuckets}.`);
  }
  if (lengths.length === 0) throw new RangeError('lengths: expected at least one. Found none.');
  const sorted = Float64Array.from(lengths).sort();
  const bounds = new Set<number>();
  for (let bucket = 1; bucket <= maxBuckets; bucket++) {
    const quantile = sorted[Math.ceil((bucket * sorted.length) / maxBuckets) - 1]!;
    bounds.add(Math.max(8, Math.ceil(quantile / 8) * 8));
  }
  return [...bounds];
}
