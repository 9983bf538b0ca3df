import type { Run, RunDefinition } from './run.ts';

export type DefineRunOptions = {
  /** Where relative data paths start. Default: the working directory. */
  readonly folder?: string;
};

/**
 * Checks a run written in code.
 *
 * @throws PolytaskError usage E12xx with all problems at once.
 */
export function defineRun(_definition: RunDefinition, _options: DefineRunOptions = {}): Run {
  throw new Error('to do');
}
