import { fold, type Key, words } from '@polytask/base';

/**
 * How probable a mean difference at least as large is, in either direction, were the two of each pair exchangeable: the share of sign patterns of
 * the differences whose mean is as far from 0.
 *
 * All 2ⁿ patterns up to 14 pairs, else `resamples` drawn ones (and the one observed). 1 where all differences are 0; NaN without pairs.
 *
 * @param key where the draws come from.
 * @param differences one per pair: of seeds, of folds, of examples.
 * @throws RangeError for a difference that is not finite, or unless resamples is a positive integer.
 *
 * Fisher, "The Design of Experiments", 1935.
 */
export function pairedPermutationTest(
  key: Key,
  differences: readonly number[],
  { resamples = 10_000 }: { readonly resamples?: number } = {},
): number {
  if (!(Number.isSafeInteger(resamples) && resamples > 0))
    throw new RangeError(`expected a positive integer number of resamples. Found ${resamples}.`);
  if (!differences.every(Number.isFinite)) throw new RangeError('expected finite differences.');
  const count = differences.length;
  if (count === 0) return Number.NaN;
  const observed = Math.abs(differences.reduce((sum, value) => sum + value, 0));
  // sums of the same numbers in another order differ in the last bits
  const enough = observed - 1e-12 * differences.reduce((sum, value) => sum + Math.abs(value), 0);
  const isAsFar = (signOf: (at: number) => boolean) =>
    Math.abs(differences.reduce((sum, value, at) => sum + (signOf(at) ? value : -value), 0)) >= enough;
  let found = 0;
  if (count <= 14) {
    for (let pattern = 0; pattern < 2 ** count; pattern++) if (isAsFar((at) => ((pattern >> at) & 1) === 1)) found++;
    return found / 2 ** count;
  }
  for (let resample = 0; resample < resamples; resample++) {
    const next = words(fold(key, resample));
    const signs = Array.from({ length: count }, () => next() % 2 === 1);
    if (isAsFar((at) => signs[at]!)) found++;
  }
  return (found + 1) / (resamples + 1);
}
