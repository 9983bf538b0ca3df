import { type Interval, requireLevel } from './interval.ts';
import { normalQuantile } from './normal-quantile.ts';

/**
 * The score interval of a proportion, which stays inside [0, 1] and behaves for few examples: use it for accuracies.
 *
 *   (p̂ + z²/2n ± z √(p̂(1 − p̂)/n + z²/4n²)) / (1 + z²/n),   p̂ = successes / n,   z = Φ⁻¹((1 + level)/2)
 *
 * `n` = 0 gives its limit [0, 1]: nothing is known. Throws a RangeError unless 0 ≤ successes ≤ n and 0 < level < 1.
 * Wilson, "Probable inference, the law of succession, and statistical inference", JASA 22, 1927.
 */
export function wilsonInterval(successes: number, n: number, level = 0.95): Interval {
  requireLevel(level);
  if (!(successes >= 0 && successes <= n && Number.isFinite(n))) {
    throw new RangeError(`expected 0 ≤ successes ≤ n. Found ${successes} successes of ${n}.`);
  }
  if (n === 0) return { low: 0, high: 1, level };
  const z = normalQuantile((1 + level) / 2);
  const proportion = successes / n;
  const middle = proportion + (z * z) / (2 * n);
  const reach = z * Math.sqrt((proportion * (1 - proportion)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return {
    // Exact at the ends, where rounding would leave 1e-17.
    low: successes === 0 ? 0 : (middle - reach) / scale,
    high: successes === n ? 1 : (middle + reach) / scale,
    level,
  };
}
