import { PolytaskError } from '@polytask/base';
import type { Run } from '../config/run.ts';
import type { TrainedOnce } from '../train-once.ts';
import type { Candidate } from './candidate.ts';

/** Trains a run with the split and the seed at a place in the list of seeds. */
export type Train = (run: Run, at: number, name: string, trial: number | null) => Promise<TrainedOnce>;

/** A candidate trained with every seed. */
export type Trained = {
  /** By seed; models of single tasks as one. */
  readonly results: readonly TrainedOnce[];
  /** What was chosen for each of its models. */
  readonly chosen: readonly Run[];
  readonly trials: readonly number[];
};

/**
 * Tunes each model of a candidate on the first seed, by the score on its validation part alone, and trains what was chosen with the others. The
 * training that was chosen is the result of the first seed.
 *
 * A trial that diverges is not chosen. @throws PolytaskError diverged where all do, or where a later seed does.
 */
export async function overSeeds(
  { models }: Candidate,
  { seeds, trials, train }: { readonly seeds: number; readonly trials: number; readonly train: Train },
): Promise<Trained> {
  const perModel: { readonly results: readonly TrainedOnce[]; readonly chosen: Run; readonly trial: number }[] = [];
  for (const { name, runAt } of models) {
    const best = await tune(trials, (trial) => train(runAt(trial), 0, name, trial));
    const chosen = runAt(best.trial);
    const results = [best.trained];
    for (let at = 1; at < seeds; at++) results.push(await train(chosen, at, name, null));
    perModel.push({ results, chosen, trial: best.trial });
  }
  return {
    results: Array.from({ length: seeds }, (_, at) => together(perModel.map(({ results }) => results[at]!))),
    chosen: perModel.map(({ chosen }) => chosen),
    trials: perModel.map(({ trial }) => trial),
  };
}

async function tune(trials: number, train: (trial: number) => Promise<TrainedOnce>) {
  let best: { readonly trial: number; readonly trained: TrainedOnce } | undefined;
  let failed: unknown;
  for (let trial = 0; trial < trials; trial++) {
    try {
      const trained = await train(trial);
      if (best === undefined || scoreOf(trained) > scoreOf(best.trained)) best = { trial, trained };
    } catch (error) {
      if (!(PolytaskError.is(error) && error.kind === 'diverged')) throw error;
      failed = error;
    }
  }
  if (best === undefined) throw failed;
  return best;
}

const scoreOf = ({ validation }: TrainedOnce): number => validation ?? Number.NEGATIVE_INFINITY;

/** Models that are one answer together: their scores side by side, their costs added up. */
function together(models: readonly TrainedOnce[]): TrainedOnce {
  if (models.length === 1) return models[0]!;
  const sum = (value: (one: TrainedOnce) => number) => models.reduce((total, one) => total + value(one), 0);
  return {
    seconds: sum(({ seconds }) => seconds),
    steps: sum(({ steps }) => steps),
    parameters: sum(({ parameters }) => parameters),
    peakMemory: Math.max(...models.map(({ peakMemory }) => peakMemory)),
    scores: Object.assign({}, ...models.map(({ scores }) => scores)),
    validation: null,
  };
}
