import { fold, key } from '@polytask/base';
import { bootstrapInterval, type Comparison, deltaP, type Interval, pairedPermutationTest } from '@polytask/metrics';
import type { RunConfig } from '../config/schema.ts';
import { metricFor } from '../metrics.ts';
import type { TrainedOnce } from '../train-once.ts';
import type { Trained } from './over-seeds.ts';

/** What a method scored over the seeds. */
export type MethodResult = {
  readonly method: string;
  /** By task its primary metric: mean and standard deviation over the seeds. */
  readonly tasks: Readonly<
    Record<string, { readonly metric: string; readonly mean: number; readonly deviation: number }>
  >;
  /** The learning rates that were chosen: one, or of single-task models one for each task. */
  readonly learningRates: readonly number[];
  /** Mean gain in percent over single-task models, higher is better, for each seed; null for those models themselves. */
  readonly gains: readonly number[] | null;
  /** The mean of them. */
  readonly gain: number | null;
  /** Where the mean gain lies with a probability of 95 %: a bootstrap over the seeds. Null without gains, and with one seed. */
  readonly interval: Interval | null;
  /** The mean of the ranks among all methods, over tasks and seeds; 1 is best. */
  readonly meanRank: number;
  /** How probable so large a difference of gains to `tuned` is by chance: a permutation test over the seeds. Null where there is none. */
  readonly chance: number | null;
  /** Means over the seeds; of single-task models, of all of them together. */
  readonly seconds: number;
  readonly parameters: number;
};

/** The table of what was trained, by method; `single-task` and `tuned` must be among them. */
export function methodResults(
  { tasks, seed }: RunConfig,
  trained: ReadonlyMap<string, Trained>,
): readonly MethodResult[] {
  const primary = Object.entries(tasks).map(([task, { metrics }]) => ({ task, metric: metrics[0]! }));
  const value = ({ scores }: TrainedOnce, { task, metric }: (typeof primary)[number]) =>
    scores[task]?.metrics[metric] ?? Number.NaN;
  const all = [...trained.values()].map(({ results }) => results);
  const single = trained.get('single-task')!.results;
  const gainsOf = (results: readonly TrainedOnce[]) =>
    results.map((one, at) => {
      const comparisons = primary.map(
        (place): Comparison => ({
          multiTask: value(one, place),
          singleTask: value(single[at]!, place),
          direction: metricFor(place.metric).direction,
        }),
      );
      // no gain in percent over nothing
      const told = comparisons.filter(({ singleTask }) => Number.isFinite(singleTask) && singleTask !== 0);
      return told.length === 0 ? 0 : deltaP(told.map((comparison) => [comparison]));
    });
  const ranksOf = (results: readonly TrainedOnce[]) =>
    primary.flatMap((place) => {
      const sign = metricFor(place.metric).direction === 'up' ? 1 : -1;
      return results.map((one, at) => {
        const own = sign * value(one, place);
        const others = all.map((other) => sign * value(other[at]!, place));
        const better = others.filter((score) => score > own).length;
        const equal = others.filter((score) => score === own).length;
        return 1 + better + (equal - 1) / 2;
      });
    });
  const tuned = gainsOf(trained.get('tuned')!.results);
  return [...trained].map(([method, { results, chosen }]) => {
    const gains = method === 'single-task' ? null : gainsOf(results);
    return {
      method,
      tasks: Object.fromEntries(
        primary.map((place) => {
          const values = results.map((one) => value(one, place));
          const mean = meanOf(values);
          const deviation = Math.sqrt(meanOf(values.map((one) => (one - mean) ** 2)));
          return [place.task, { metric: place.metric, mean, deviation }];
        }),
      ),
      learningRates: chosen.map(({ config }) => config.train.optimizer.learningRate),
      gains,
      gain: gains && meanOf(gains),
      interval: gains && gains.length > 1 ? bootstrapInterval(fold(key(seed), 'interval'), gains, meanOf) : null,
      meanRank: meanOf(ranksOf(results)),
      chance:
        gains === null || method === 'tuned'
          ? null
          : pairedPermutationTest(
              fold(key(seed), 'chance'),
              gains.map((gain, at) => gain - tuned[at]!),
            ),
      seconds: meanOf(results.map(({ seconds }) => seconds)),
      parameters: meanOf(results.map(({ parameters }) => parameters)),
    };
  });
}

/** What the numbers do and do not say. */
export function findingsOf(rows: readonly MethodResult[], seeds: number): string[] {
  const tuned = rows.find(({ method }) => method === 'tuned')!;
  const least = 2 / 2 ** seeds;
  return [
    ...rows.flatMap(({ method, gain, chance }) => {
      if (gain === null || chance === null || method === 'equal') return [];
      const isBetter = gain > tuned.gain! && chance <= 0.05;
      return [
        isBetter ? `${method}: better than tuned fixed weights.` : `${method}: not better than tuned fixed weights.`,
      ];
    }),
    ...(least > 0.05
      ? [`With ${seeds} ${seeds === 1 ? 'seed' : 'seeds'} no difference can be told from chance: take at least 6.`]
      : []),
  ];
}

const meanOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
