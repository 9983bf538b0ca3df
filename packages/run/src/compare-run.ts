import { didYouMean, fold, key, PolytaskError, quote, uniform } from '@polytask/base';
import { type Comparison, deltaP, pairedPermutationTest } from '@polytask/metrics';
import { aggregators, balancers } from './config/names.ts';
import type { Run } from './config/run.ts';
import type { BalanceConfig, RunConfig } from './config/schema.ts';
import { cleanData, cleaningKey } from './data/clean-data.ts';
import { type RunData, readData } from './data/read-data.ts';
import { type Parts, splitData, splitKey } from './data/split-data.ts';
import { metricFor } from './metrics.ts';
import { runAlone } from './single-task.ts';
import { type TrainedOnce, trainOnce } from './train-once.ts';

export type CompareRunOptions = {
  /** Balancers by their name in run files, compared besides `equal` and tuned fixed weights. Default: that of the run. */
  readonly methods?: readonly string[];
  /** Seeds: those of the run and the next ones. Each has a split, first values and batches of its own, the same for every method. Default: 3. */
  readonly seeds?: number;
  /** Weights tried for `tuned`, on the first seed, by the score on its validation part; equal ones are among them. Default: 6. */
  readonly trials?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: {
    readonly method: string;
    readonly seed: number;
    readonly step: number;
    readonly steps: number;
  }) => void;
};

/** What a method scored over the seeds. */
export type MethodResult = {
  readonly method: string;
  /** By task its primary metric: mean and standard deviation over the seeds. */
  readonly tasks: Readonly<
    Record<string, { readonly metric: string; readonly mean: number; readonly deviation: number }>
  >;
  /** Mean gain in percent over single-task models, higher is better, for each seed; null for those models themselves. */
  readonly gains: readonly number[] | null;
  /** The mean of them. */
  readonly gain: number | null;
  /** The mean of the ranks among all methods, over tasks and seeds; 1 is best. */
  readonly meanRank: number;
  /** How probable so large a difference of gains to `tuned` is by chance: a permutation test over the seeds. Null where there is none. */
  readonly chance: number | null;
  /** Means over the seeds; of single-task models, of all of them together. */
  readonly seconds: number;
  readonly parameters: number;
};

export type RunComparison = {
  readonly judgedOn: 'test' | 'validation';
  readonly seeds: readonly number[];
  /** The weights that were chosen for `tuned`, by task. */
  readonly tunedWeights: Readonly<Record<string, number>>;
  /** `single-task` first, then `equal`, `tuned` and the others. */
  readonly methods: readonly MethodResult[];
  /** What the numbers do and do not say. */
  readonly findings: readonly string[];
};

type Given = { readonly data: RunData; readonly split: Parts };

/**
 * Trains a run with several balancers, with fixed weights that were searched for, and with one model per task, over several seeds.
 *
 * The gain leaves out a task whose single-task models score 0: there are no percents of nothing.
 *
 * @throws PolytaskError usage E1206 unknown methods; usage and data as training does. @throws RangeError for seeds or trials that are no positive integers.
 */
export async function compareRun(
  run: Run,
  { methods, seeds: count = 3, trials = 6, signal, onEvent = () => {} }: CompareRunOptions = {},
): Promise<RunComparison> {
  for (const [name, value] of Object.entries({ seeds: count, trials }))
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  const { config } = run;
  const tasks = Object.keys(config.tasks);
  const others = (methods ?? [config.balance.type]).filter((name) => name !== 'equal');
  const unknown = others.filter(
    (name) => name !== config.balance.type && !Object.hasOwn({ ...balancers, ...aggregators }, name),
  );
  if (unknown.length > 0)
    throw new PolytaskError(
      'usage',
      unknown.map((name) => ({
        code: 'E1206',
        message: `Unknown balancer ${quote(name)}.`,
        fix: didYouMean(name, Object.keys(balancers)),
      })),
    );
  const seeds = Array.from({ length: count }, (_, at) => config.seed + at);
  const data = await readData(config);
  const given = await Promise.all(seeds.map((seed) => partsOf(config, data, seed)));
  const judgedOn = given[0]!.split.test.length > 0 ? 'test' : 'validation';
  const train = (changed: Run, at: number, method: string, on: 'test' | 'validation' = judgedOn) =>
    trainOnce(changed, given[at]!, on, {
      signal,
      onStep: (step, steps) => onEvent({ method, seed: seeds[at]!, step, steps }),
    });

  const tunedWeights = await tune(run, trials, (changed) =>
    train(withSeed(changed, seeds[0]!), 0, 'tuning', 'validation'),
  );
  const balances: [string, BalanceConfig][] = [
    ['equal', { type: 'equal' }],
    ['tuned', { type: 'fixed', weights: tunedWeights }],
    ...others.map((name): [string, BalanceConfig] => [
      name,
      name === config.balance.type ? config.balance : ({ type: name } as BalanceConfig),
    ]),
  ];
  const results = new Map<string, TrainedOnce[]>([['single-task', []]]);
  for (const [at, seed] of seeds.entries()) {
    const alone = [];
    for (const task of tasks) alone.push(await train(withSeed(runAlone(run, task), seed), at, `single-task ${task}`));
    results.get('single-task')!.push(together(alone));
    for (const [name, balance] of balances) {
      const made = await train(withSeed(withBalance(run, balance), seed), at, name);
      results.set(name, [...(results.get(name) ?? []), made]);
    }
  }
  const rows = resultsOf(config, results);
  return { judgedOn, seeds, tunedWeights, methods: rows, findings: findingsOf(rows, seeds.length) };
}

async function partsOf(config: RunConfig, data: RunData, seed: number): Promise<Given> {
  const root = key(seed);
  const { parts } = await splitData(config, data, splitKey(root));
  return cleanData(config, data, parts, cleaningKey(root));
}

const withSeed = (run: Run, seed: number): Run => ({ ...run, config: { ...run.config, seed } });

/** A balancer that the run passed as an object stays; another one takes its place. */
function withBalance({ config, objects: { balancer, ...objects } }: Run, balance: BalanceConfig): Run {
  return {
    config: { ...config, balance },
    objects: { ...objects, ...(balance.type === 'custom' && balancer && { balancer }) },
  };
}

/** Equal weights, and others drawn from 1/4 to 4, evenly on the logarithm, of mean 1: those with the best validation score. */
async function tune(
  run: Run,
  trials: number,
  train: (run: Run) => Promise<TrainedOnce>,
): Promise<Readonly<Record<string, number>>> {
  const tasks = Object.keys(run.config.tasks);
  let best: { readonly weights: Readonly<Record<string, number>>; readonly score: number } | undefined;
  for (let trial = 0; trial < trials; trial++) {
    const shares = Array.from(uniform(fold(fold(key(run.config.seed), 'tuning'), trial), tasks.length), (value) =>
      trial === 0 ? 1 : 4 ** (2 * value - 1),
    );
    const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
    const weights = Object.fromEntries(tasks.map((task, at) => [task, shares[at]! / mean]));
    const { validation } = await train(withBalance(run, { type: 'fixed', weights }));
    const score = validation ?? Number.NEGATIVE_INFINITY;
    if (best === undefined || score > best.score) best = { weights, score };
  }
  return best!.weights;
}

/** Models of single tasks as one result. */
function together(alone: readonly TrainedOnce[]): TrainedOnce {
  const sum = (value: (one: TrainedOnce) => number) => alone.reduce((total, one) => total + value(one), 0);
  return {
    seconds: sum(({ seconds }) => seconds),
    steps: sum(({ steps }) => steps),
    parameters: sum(({ parameters }) => parameters),
    peakMemory: Math.max(...alone.map(({ peakMemory }) => peakMemory)),
    scores: Object.assign({}, ...alone.map(({ scores }) => scores)),
    validation: null,
  };
}

function resultsOf({ tasks, seed }: RunConfig, results: ReadonlyMap<string, readonly TrainedOnce[]>): MethodResult[] {
  const primary = Object.entries(tasks).map(([task, { metrics }]) => ({ task, metric: metrics[0]! }));
  const value = ({ scores }: TrainedOnce, { task, metric }: (typeof primary)[number]) =>
    scores[task]?.metrics[metric] ?? Number.NaN;
  const single = results.get('single-task')!;
  const gainsOf = (trained: readonly TrainedOnce[]) =>
    trained.map((one, at) => {
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
  const tuned = gainsOf(results.get('tuned')!);
  const names = [...results.keys()];
  return [...results].map(([method, trained]) => {
    const gains = method === 'single-task' ? null : gainsOf(trained);
    const ranks = primary.flatMap((place) => {
      const sign = metricFor(place.metric).direction === 'up' ? 1 : -1;
      return trained.map((one, at) => {
        const own = sign * value(one, place);
        const better = names.filter((name) => sign * value(results.get(name)![at]!, place) > own).length;
        const equal = names.filter((name) => sign * value(results.get(name)![at]!, place) === own).length;
        return 1 + better + (equal - 1) / 2;
      });
    });
    return {
      method,
      tasks: Object.fromEntries(
        primary.map((place) => {
          const values = trained.map((one) => value(one, place));
          const mean = meanOf(values);
          const deviation = Math.sqrt(meanOf(values.map((one) => (one - mean) ** 2)));
          return [place.task, { metric: place.metric, mean, deviation }];
        }),
      ),
      gains,
      gain: gains && meanOf(gains),
      meanRank: meanOf(ranks),
      chance:
        gains === null || method === 'tuned'
          ? null
          : pairedPermutationTest(
              fold(key(seed), 'chance'),
              gains.map((gain, at) => gain - tuned[at]!),
            ),
      seconds: meanOf(trained.map(({ seconds }) => seconds)),
      parameters: meanOf(trained.map(({ parameters }) => parameters)),
    };
  });
}

function findingsOf(rows: readonly MethodResult[], seeds: number): string[] {
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
