import { fold, integer, type Key, words } from '@polytask/base';
import { type Interval, requireLevel } from './interval.ts';

/** What `bootstrapInterval` may be told besides its data. */
export type BootstrapOptions = { readonly level?: number; readonly resamples?: number };

/**
 * The percentile bootstrap interval of any statistic of independent examples.
 *
 * Draws `resamples` samples of the size of `values` with replacement, and takes the (1 ± level)/2 quantiles of the statistic
 * over them. Resamples on which the statistic is NaN (a label not drawn, say) are left out; without values, or when all are
 * NaN, the ends are NaN. Values that belong together (a speaker's utterances) must be one value.
 *
 * @param key where the draws come from: the same key gives the same interval
 * @param values one entry per independent example: numbers, or pairs of predicted and actual labels
 * @param statistic a number from a sample
 *
 * Throws a RangeError unless 0 < level < 1 and resamples is a positive integer. Efron, "Bootstrap methods", Annals of
 * Statistics 7, 1979.
 */
export function bootstrapInterval<Value>(
  key: Key,
  values: readonly Value[],
  statistic: (sample: readonly Value[]) => number,
  { level = 0.95, resamples = 1000 }: BootstrapOptions = {},
): Interval {
  requireLevel(level);
  if (!(Number.isSafeInteger(resamples) && resamples > 0)) {
    throw new RangeError(`expected a positive integer number of resamples. Found ${resamples}.`);
  }
  if (values.length === 0) return { low: Number.NaN, high: Number.NaN, level };
  const statistics: number[] = [];
  for (let resample = 0; resample < resamples; resample++) {
    const next = words(fold(key, resample));
    const value = statistic(values.map(() => values[integer(next, values.length)]!));
    if (!Number.isNaN(value)) statistics.push(value);
  }
  statistics.sort((a, b) => a - b);
  return { low: quantile(statistics, (1 - level) / 2), high: quantile(statistics, (1 + level) / 2), level };
}

/** The quantile of sorted numbers, linear between order statistics (Hyndman & Fan 1996, type 7); NaN of none. */
function quantile(sorted: readonly number[], probability: number): number {
  if (sorted.length === 0) return Number.NaN;
  const position = probability * (sorted.length - 1);
  const below = sorted[Math.floor(position)]!;
  const above = sorted[Math.ceil(position)]!;
  return below === above ? below : below + (position - Math.floor(position)) * (above - below);
}
