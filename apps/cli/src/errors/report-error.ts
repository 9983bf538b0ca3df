import { PolytaskError, type Problem } from '@polytask/base';
import { exitCodes } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';
import { counted } from '../text/numbers.ts';
import { shownProblem } from '../text/shown-problem.ts';
import { version } from '../version.ts';
import { asFileProblem } from './file-problem.ts';

const shownAtMost = 25;

/** Says what went wrong, to people on stderr and with `--json` to programs on stdout, and returns the exit code. */
export function reportError(thrown: unknown, terminal: Terminal, warn: (line: string) => void): number {
  const error = PolytaskError.is(thrown) ? thrown : (asFileProblem(thrown) ?? thrown);
  if (PolytaskError.is(error) && error.kind !== 'internal') {
    const { kind, code, problems } = error;
    for (const problem of problems.slice(0, shownAtMost)) warn(paintCode(problem, terminal));
    const left = problems.length - shownAtMost;
    if (left > 0) warn(`… and ${counted(left, 'more problem')}${terminal.json ? '' : '; --json lists them all'}.`);
    else if (problems.length > 1) warn(`${counted(problems.length, 'problem')}.`);
    if (terminal.json) terminal.emit({ error: { kind, code, problems } });
    return exitCodes[kind];
  }
  const code = PolytaskError.is(error) ? error.code : 'E1000';
  const message = error instanceof Error ? error.message : String(error);
  warn(error instanceof Error ? withCauses(error) : `${code} ${message}`);
  warn('');
  warn(terminal.paintNote('bold', 'This is a bug in polytask. Please report it with the lines above and these:'));
  warn(`polytask ${version()}, Node ${process.versions.node}, ${process.platform} ${process.arch}`);
  if (terminal.json) terminal.emit({ error: { kind: 'internal', code, problems: [{ code, message }] } });
  return exitCodes.internal;
}

function paintCode(problem: Problem, { paintNote }: Terminal): string {
  const text = shownProblem(problem);
  return `${paintNote('red', problem.code)}${text.slice(problem.code.length)}`;
}

function withCauses(error: Error): string {
  const stack = error.stack ?? String(error);
  return error.cause instanceof Error ? `${stack}\nCaused by: ${withCauses(error.cause)}` : stack;
}
