import { logGamma, type Words } from '@polytask/base';

/** A Beta(α, α) variable, as X/(X + Y) of Gamma(α, 1) variables. */
export function symmetricBeta(next: Words, alpha: number): number {
  const [x, y] = [logGamma(next, alpha), logGamma(next, alpha)];
  return 1 / (1 + Math.exp(y - x));
}
