import { formatProblem, type Problem } from '@polytask/base';
import { shownPath } from './shown-path.ts';

/** A problem on one line, its file as people would type it here. Without a file its line says nothing: the row does. */
export function shownProblem({ file, line, ...problem }: Problem): string {
  if (file === undefined) return formatProblem(problem);
  // `--device` travels as an override
  const shown = file.startsWith('--set device=') ? file.replace('--set device=', '--device ') : shownPath(file);
  return formatProblem({ ...problem, file: shown, ...(line !== undefined && { line }) });
}
