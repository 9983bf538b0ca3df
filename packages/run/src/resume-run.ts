import type { Run } from './config/run.ts';
import type { RunSummary, TrainRunOptions } from './train-run.ts';

export type ResumeRunOptions = Omit<TrainRunOptions, 'out'> & {
  /** The run file read again: needed when it passed objects. It must say what the folder's `config.json` says. */
  readonly run?: Run;
  /** Where the data is now, when it was moved. */
  readonly data?: string;
};

/**
 * Goes on from the newest whole checkpoint of a run folder, with the bits that training without the interruption would have had.
 *
 * A finished run is returned as it is.
 *
 * @throws PolytaskError usage E6001 not a run folder · E6002 another process trains it · E6003 no checkpoint · E6004 the configuration
 * changed · E6005 the data changed · E6006 the device changed.
 */
export async function resumeRun(_folder: string, _options: ResumeRunOptions = {}): Promise<RunSummary> {
  throw new Error('to do');
}
