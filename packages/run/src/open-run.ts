import type { Problem } from '@polytask/base';
import type { Rows } from '@polytask/data';
import type { Run } from './config/run.ts';
import type { RunConfig } from './config/schema.ts';
import type { MajorityScores, Scores } from './results.ts';

export type TaskPrediction = {
  readonly label: string;
  readonly probability: number;
  readonly probabilities: Readonly<Record<string, number>>;
};

export type Prediction = { readonly id: string; readonly tasks: Readonly<Record<string, TaskPrediction>> };

/** A row that could not be read, in the place of its prediction. */
export type Unpredictable = { readonly id: string; readonly problem: Problem };

export type RunEvaluation = {
  /** The file, or the part of the run's own data. */
  readonly data: string;
  readonly examples: number;
  readonly tasks: Scores;
  readonly majority: MajorityScores;
  readonly notes: readonly Problem[];
};

export type OpenRunOptions = {
  /** Default: the device of the run. */
  readonly device?: string;
  /** The run file read again: needed when it passed objects. */
  readonly run?: Run;
};

export interface OpenRun extends AsyncDisposable {
  readonly folder: string;
  readonly config: RunConfig;
  /** The column of the input. */
  readonly column: string;
  /** The classes of each task. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly device: string;
  predict(texts: readonly string[]): Promise<Prediction[]>;
  /** Row by row, in order, as the rows come; label columns are not needed. */
  predictRows(rows: Rows): AsyncGenerator<Prediction | Unpredictable, void, void>;
  /** Judges the best weights on a file, or on a part of the run's own data; the test part when nothing is given. */
  evaluate(on?: { readonly file: string } | { readonly part: 'train' | 'validation' | 'test' }): Promise<RunEvaluation>;
}

/**
 * Opens a run folder for prediction and evaluation. It needs nothing but the folder.
 *
 * @throws PolytaskError usage E6001 not a run folder · E6008 no weights yet.
 */
export async function openRun(_folder: string, _options: OpenRunOptions = {}): Promise<OpenRun> {
  throw new Error('to do');
}
