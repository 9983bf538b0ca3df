import { fold, type Key, words } from '@polytask/base';

/**
 * A random point of the simplex: p ~ Dirichlet(a, …, a).
 *
 * @param concentration a > 0; 1 is uniform on the simplex, larger ones gather in its middle
 *
 * Throws a RangeError for another concentration or count. Gamma variables: Marsaglia & Tsang, ACM Trans. Math. Softw. 2000.
 */
export function dirichlet(key: Key, count: number, concentration = 1): number[] {
  if (!(concentration > 0 && Number.isFinite(concentration))) {
    throw new RangeError(`expected concentration > 0. Found ${concentration}.`);
  }
  if (!(Number.isSafeInteger(count) && count > 0)) throw new RangeError(`expected a positive count. Found ${count}.`);
  const logs = Array.from({ length: count }, (_, i) => logGamma(fold(key, i), concentration));
  const largest = Math.max(...logs);
  const values = logs.map((value) => Math.exp(value - largest));
  const total = values.reduce((sum, value) => sum + value, 0);
  return values.map((value) => value / total);
}

/** The logarithm of a Gamma(a, 1) variable, which for a small a may underflow itself. */
function logGamma(key: Key, a: number): number {
  const next = words(key);
  const open = () => (next() + 0.5) * 2 ** -32;
  const [d, boost] = a >= 1 ? [a - 1 / 3, 0] : [a + 2 / 3, Math.log(open()) / a];
  const c = 1 / Math.sqrt(9 * d);
  while (true) {
    const x = Math.sqrt(-2 * Math.log(open())) * Math.cos(2 * Math.PI * open());
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(open()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v) + boost;
  }
}
