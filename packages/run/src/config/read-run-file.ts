import type { Run } from './run.ts';

export type ReadRunFileOptions = {
  /** `train.batch=32`: changes to the file, checked by the same schema. The value is YAML. */
  readonly set?: readonly string[];
  /** Reads this file instead of the run file's data. Relative to the working directory. */
  readonly data?: string;
};

/**
 * Reads a run file: YAML, JSON, or TypeScript and JavaScript with a default export.
 *
 * @throws PolytaskError usage E12xx with all problems at once.
 */
export async function readRunFile(_path: string, _options: ReadRunFileOptions = {}): Promise<Run> {
  throw new Error('to do');
}
