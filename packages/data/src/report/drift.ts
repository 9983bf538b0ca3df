/** How far apart two distributions are. */
export type Drift = {
  /** Population stability index; missing values are a bin of their own. */
  readonly psi: number;
  /** Only of numbers, where both sides have some. */
  readonly kolmogorovSmirnov?: { readonly statistic: number; readonly pValue: number };
};

const floor = 1e-4; // the share that an empty bin counts as

/**
 * The population stability index Σ (aᵢ − eᵢ)·ln(aᵢ / eᵢ) of two lists of counts over the same bins, as shares; empty bins count as 0.0001.
 *
 * Below 0.1 is commonly read as stable and above 0.25 as a shift (Siddiqi 2006). It is Jeffreys' divergence of the shares. NaN when a side is empty.
 *
 * @throws RangeError when the lists differ in length.
 */
export function populationStabilityIndex(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  if (expected.length !== actual.length) {
    throw new RangeError(`actual: expected ${expected.length} counts. Found ${actual.length}.`);
  }
  const total = (counts: ArrayLike<number>) => Array.from(counts).reduce((sum, count) => sum + count, 0);
  const [n, m] = [total(expected), total(actual)];
  if (n === 0 || m === 0) return Number.NaN;
  let index = 0;
  for (let bin = 0; bin < expected.length; bin++) {
    if (expected[bin] === 0 && actual[bin] === 0) continue;
    const e = Math.max(expected[bin]! / n, floor);
    const a = Math.max(actual[bin]! / m, floor);
    index += (a - e) * Math.log(a / e);
  }
  return index;
}

/**
 * The two-sample Kolmogorov–Smirnov statistic sup |F(x) − G(x)| over the numbers that are not NaN, with the limit's p-value
 * 2 Σ (−1)ᵏ⁻¹ exp(−2 k² λ²), λ = D √(nm / (n + m)) (Smirnov 1948). undefined when a side is empty.
 */
export function kolmogorovSmirnov(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
): { statistic: number; pValue: number } | undefined {
  const a = Float64Array.from(Array.from(first).filter((value) => !Number.isNaN(value))).sort();
  const b = Float64Array.from(Array.from(second).filter((value) => !Number.isNaN(value))).sort();
  if (a.length === 0 || b.length === 0) return undefined;
  let statistic = 0;
  let i = 0;
  let j = 0;
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < a.length && a[i]! <= value) i++;
    while (j < b.length && b[j]! <= value) j++;
    statistic = Math.max(statistic, Math.abs(i / a.length - j / b.length));
  }
  return { statistic, pValue: kolmogorovTail(statistic * Math.sqrt((a.length * b.length) / (a.length + b.length))) };
}

function kolmogorovTail(lambda: number): number {
  if (lambda < 0.2) return 1; // 1 − 1e-12 and above, where the series is slow
  let sum = 0;
  for (let k = 1; k <= 100; k++) {
    const term = Math.exp(-2 * k * k * lambda * lambda);
    sum += k % 2 === 1 ? term : -term;
    if (term < 1e-17) break;
  }
  return Math.min(1, Math.max(0, 2 * sum));
}
