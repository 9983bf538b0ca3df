import { fold, type Key, logGamma, words } from '@polytask/base';

/**
 * A random point of the simplex: p ~ Dirichlet(a, …, a).
 *
 * @param concentration a > 0; 1 is uniform on the simplex, larger ones gather in its middle
 *
 * Throws a RangeError for another concentration or count.
 */
export function dirichlet(key: Key, count: number, concentration = 1): number[] {
  if (!(concentration > 0 && Number.isFinite(concentration))) {
    throw new RangeError(`expected concentration > 0. Found ${concentration}.`);
  }
  if (!(Number.isSafeInteger(count) && count > 0)) throw new RangeError(`expected a positive count. Found ${count}.`);
  const logs = Array.from({ length: count }, (_, i) => logGamma(words(fold(key, i)), concentration));
  const largest = Math.max(...logs);
  const values = logs.map((value) => Math.exp(value - largest));
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}
