import { relative, resolve, sep } from 'node:path';

/** A path as people would type it here: from the working directory when it lies inside. */
export function shownPath(path: string, from = process.cwd()): string {
  const steps = relative(from, resolve(from, path));
  return steps === '' || steps === '..' || steps.startsWith(`..${sep}`) || resolve(steps) === steps ? path : steps;
}
