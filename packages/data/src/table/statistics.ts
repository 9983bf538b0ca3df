/** The numbers that are not missing, ascending. */
export function sortedPresent(values: ArrayLike<number>): Float64Array {
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let at = 0; at < values.length; at++) if (Number.isFinite(values[at]!)) kept[count++] = values[at]!;
  return kept.subarray(0, count).sort();
}

/** The p-quantile of ascending numbers by linear interpolation (Hyndman & Fan 1996, type 7); NaN of none. */
export function quantileOf(sorted: ArrayLike<number>, p: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = p * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const share = place - below;
  return share === 0 ? low : low * (1 - share) + sorted[below + 1]! * share;
}

/** Mean and standard deviation (divided by n) of the finite numbers, by Welford's recurrence; NaN of none. */
export function moments(values: ArrayLike<number>): { count: number; mean: number; deviation: number } {
  let count = 0;
  let mean = 0;
  let squares = 0;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (!Number.isFinite(value)) continue;
    const delta = value - mean;
    mean += delta / ++count;
    squares += delta * (value - mean);
  }
  if (count === 0) return { count, mean: Number.NaN, deviation: Number.NaN };
  return { count, mean, deviation: Math.sqrt(squares / count) };
}

/** The most frequent of the values, null and what is not finite left out; the smallest among equals, so that the order of rows makes no difference. */
export function modeOf(values: ArrayLike<number | string | null>): number | string | null {
  const counts = new Map<number | string, number>();
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (value === null || (typeof value === 'number' && !Number.isFinite(value))) continue;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  let best: number | string | null = null;
  let most = 0;
  for (const [value, count] of counts) {
    if (count > most || (count === most && value < best!)) {
      best = value;
      most = count;
    }
  }
  return best;
}
