import { placeless } from './document.ts';
import { expandEach } from './expand-each.ts';
import { resolveRun } from './resolve.ts';
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
export function defineRun(definition: RunDefinition, { folder = process.cwd() }: DefineRunOptions = {}): Run {
  return expandEach(resolveRun(placeless(definition), { folder }));
}
