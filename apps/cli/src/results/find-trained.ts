import { findRun } from '@polytask/run';
import { shownPath } from '../text/shown-path.ts';

/** The run that `name` means, for what needs weights. Says, also in a quiet terminal, that `latest` is not the newest. */
export const findTrained = (name: string): Promise<string> =>
  findRun(name, undefined, {
    weights: true,
    onPassedOver: (folder) =>
      process.stderr.write(`Passed over ${shownPath(folder)}: it is newer and has no weights.\n`),
  });
