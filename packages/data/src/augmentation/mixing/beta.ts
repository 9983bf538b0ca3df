import type { Words } from '@polytask/base';

/** A Beta(α, α) variable, as X/(X + Y) of Gamma variables (Marsaglia & Tsang, ACM Trans. Math. Softw. 2000). */
export function symmetricBeta(next: Words, alpha: number): number {
  const [x, y] = [logGamma(next, alpha), logGamma(next, alpha)];
  return 1 / (1 + Math.exp(y - x));
}

/** The logarithm of a Gamma(a, 1) variable, which for a small a may underflow itself. */
function logGamma(next: Words, a: number): number {
  const open = () => (next() + 0.5) * 2 ** -32;
  const [d, boost] = a >= 1 ? [a - 1 / 3, 0] : [a + 2 / 3, Math.log(open()) / a];
  const c = 1 / Math.sqrt(9 * d);
  while (true) {
    const x = Math.sqrt(-2 * Math.log(open())) * Math.cos(2 * Math.PI * open());
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(open()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v) + boost;
  }
}
