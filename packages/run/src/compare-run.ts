import { didYouMean, key, PolytaskError, quote } from '@polytask/base';
import { balanced, type Candidate, singleTask, tuned, weightsAt } from './comparison/candidate.ts';
import { findingsOf, type MethodResult, methodResults } from './comparison/method-results.ts';
import { overSeeds, type Train, type Trained } from './comparison/over-seeds.ts';
import { aggregators, balancers } from './config/names.ts';
import type { Run } from './config/run.ts';
import type { BalanceConfig, RunConfig } from './config/schema.ts';
import { cleanData, cleaningKey } from './data/clean-data.ts';
import { type RunData, readData } from './data/read-data.ts';
import { type Parts, splitData, splitKey } from './data/split-data.ts';
import { trainOnce } from './train-once.ts';

export type CompareRunOptions = {
  /** Balancers by their name in run files, compared besides `equal` and tuned fixed weights. Default: that of the run. */
  readonly methods?: readonly string[];
  /** Seeds: those of the run and the next ones. Each has a split, first values and batches of its own, the same for every method. Default: 3. */
  readonly seeds?: number;
  /**
   * Trainings to tune each method with, the models of single tasks too, on the first seed by the score on its validation part: the learning rate
   * of the run times 1, 1/3, 3, 1/9, …; for `tuned`, each with other weights, at first equal ones. Default: 3.
   */
  readonly trials?: number;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: {
    readonly method: string;
    readonly seed: number;
    /** While it is tuned, from 0; else null. */
    readonly trial: number | null;
    readonly step: number;
    readonly steps: number;
  }) => void;
};

export type RunComparison = {
  readonly judgedOn: 'test' | 'validation';
  readonly seeds: readonly number[];
  /** How many trainings each method was tuned with; 1 without a validation part, which is no tuning. */
  readonly trials: number;
  /** The weights that were chosen for `tuned`, by task. */
  readonly tunedWeights: Readonly<Record<string, number>>;
  /** `single-task` first, then `equal`, `tuned` and the others. */
  readonly methods: readonly MethodResult[];
  /** What the numbers do and do not say. */
  readonly findings: readonly string[];
};

type Given = { readonly data: RunData; readonly split: Parts };

/**
 * Trains a run with several balancers, with fixed weights that were searched for, and with one model per task, over several seeds, all tuned with
 * the same number of trainings.
 *
 * The gain leaves out a task whose single-task models score 0: there are no percents of nothing.
 *
 * @throws PolytaskError usage E1206 unknown methods; usage, data and diverged as training does. @throws RangeError for seeds or trials that are no
 * positive integers.
 */
export async function compareRun(
  run: Run,
  { methods, seeds: count = 3, trials: asked = 3, signal, onEvent = () => {} }: CompareRunOptions = {},
): Promise<RunComparison> {
  for (const [name, value] of Object.entries({ seeds: count, trials: asked }))
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  const { config } = run;
  const candidates = candidatesOf(run, methods ?? [config.balance.type]);
  const seeds = Array.from({ length: count }, (_, at) => config.seed + at);
  const data = await readData(config);
  const given = await Promise.all(seeds.map((seed) => partsOf(config, data, seed)));
  const judgedOn = given[0]!.split.test.length > 0 ? 'test' : 'validation';
  const isTunable = given[0]!.split.validation.length > 0;
  const trials = isTunable ? asked : 1;
  const train: Train = (changed, at, method, trial) =>
    trainOnce(withSeed(changed, seeds[at]!), given[at]!, judgedOn, {
      signal,
      onStep: (step, steps) => onEvent({ method, seed: seeds[at]!, trial, step, steps }),
    });
  const trained = new Map<string, Trained>();
  for (const candidate of candidates) {
    // the first weights that are tried are equal ones: where there is one trial, that has been trained already
    const same = candidate.method === 'tuned' && trials === 1 ? trained.get('equal') : undefined;
    trained.set(candidate.method, same ?? (await overSeeds(candidate, { seeds: count, trials, train })));
  }
  const rows = methodResults(config, trained);
  return {
    judgedOn,
    seeds,
    trials,
    tunedWeights: weightsAt(run, trained.get('tuned')!.trials[0]!),
    methods: rows,
    findings: [
      ...findingsOf(rows, seeds.length),
      ...(isTunable ? [] : ['Without a validation part nothing was tuned: tuned fixed weights are equal ones.']),
    ],
  };
}

/** What is compared with what, in the order of the table. */
function candidatesOf(run: Run, methods: readonly string[]): Candidate[] {
  const { balance } = run.config;
  const others = methods.filter((name) => name !== 'equal');
  const unknown = others.filter(
    (name) => name !== balance.type && !Object.hasOwn({ ...balancers, ...aggregators }, name),
  );
  if (unknown.length > 0)
    throw new PolytaskError(
      'usage',
      unknown.map((name) => ({
        code: 'E1206',
        message: `Unknown balancer ${quote(name)}.`,
        fix: didYouMean(name, Object.keys({ ...balancers, ...aggregators })),
      })),
    );
  return [
    singleTask(run),
    balanced(run, 'equal', { type: 'equal' }),
    tuned(run),
    ...others.map((name) => balanced(run, name, name === balance.type ? balance : ({ type: name } as BalanceConfig))),
  ];
}

async function partsOf(config: RunConfig, data: RunData, seed: number): Promise<Given> {
  const root = key(seed);
  const { parts } = await splitData(config, data, splitKey(root));
  return cleanData(config, data, parts, cleaningKey(root));
}

const withSeed = (run: Run, seed: number): Run => ({ ...run, config: { ...run.config, seed } });
