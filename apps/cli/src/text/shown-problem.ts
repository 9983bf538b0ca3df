import { formatProblem, type Problem } from '@polytask/base';
import { shownPath } from './shown-path.ts';

/** A problem on one line, its file as people would type it here. */
export const shownProblem = (problem: Problem): string =>
  formatProblem(problem.file === undefined ? problem : { ...problem, file: shownPath(problem.file) });
