import type { Run } from './config/run.ts';
import type { Scores } from './results.ts';

export type Cost = {
  readonly seconds: number;
  readonly steps: number;
  readonly parameters: number;
  /** The largest resident set of the process while it trained, in bytes. Models trained before in the same process may be part of it. */
  readonly peakMemory: number;
};

export type SingleTaskComparison = {
  readonly joint: Cost & { readonly tasks: Scores };
  /** One model per task, each with the run's own settings, split and epochs, trained on the examples that have its label. */
  readonly single: Readonly<Record<string, Cost & { readonly scores: Scores[string] }>>;
  /** The sums over the separate models; the largest for memory. */
  readonly total: Cost;
};

export type CompareSingleTaskOptions = {
  readonly run?: Run;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: { readonly task: string; readonly step: number; readonly steps: number }) => void;
};

/**
 * Trains one model per task with the budget of a finished run, and compares them with the joint model on the test part.
 *
 * @throws PolytaskError usage E6001 not a run folder · E6009 the run is not finished · and what training throws.
 */
export async function compareSingleTask(
  _folder: string,
  _options: CompareSingleTaskOptions = {},
): Promise<SingleTaskComparison> {
  throw new Error('to do');
}
