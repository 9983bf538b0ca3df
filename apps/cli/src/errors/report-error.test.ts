import { PolytaskError } from '@polytask/base';
import { expect, it } from 'vitest';
import { openTerminal } from '../terminal.ts';
import { reportError } from './report-error.ts';

function report(thrown: unknown, json = false) {
  const lines: string[] = [];
  const out: string[] = [];
  const terminal = openTerminal(
    { json },
    { out: { write: (text) => out.push(text) }, err: { write: () => {} }, env: {} },
  );
  return { code: reportError(thrown, terminal, (line) => lines.push(line)), lines, out };
}

const problem = (number: number) => ({
  code: `E120${number}`,
  message: 'Unknown key.',
  file: 'run.yaml',
  line: number,
});

it.each([
  ['usage', 2],
  ['data', 3],
  ['diverged', 4],
  ['interrupted', 5],
] as const)('ends with the code of the kind %s', (kind, code) => {
  expect(report(new PolytaskError(kind, problem(7))).code).toBe(code);
});

it('lists all problems on stderr, and with --json on stdout', () => {
  const { lines, out } = report(new PolytaskError('usage', [problem(1), problem(2)]), true);
  expect(lines).toEqual(['E1201 run.yaml:1: Unknown key.', 'E1202 run.yaml:2: Unknown key.', '2 problems.']);
  expect(JSON.parse(out[0]!)).toEqual({ error: { kind: 'usage', code: 'E1201', problems: [problem(1), problem(2)] } });
});

it('cuts very long lists and says so', () => {
  const { lines } = report(
    new PolytaskError(
      'data',
      Array.from({ length: 40 }, () => problem(1)),
    ),
  );
  expect(lines).toHaveLength(26);
  expect(lines.at(-1)).toBe('… and 15 more problems; --json lists them all.');
});

it('takes what the file system refuses for a matter of the user', () => {
  const refused = Object.assign(new Error('EACCES'), { code: 'EACCES', syscall: 'mkdir', path: '/runs' });
  expect(report(refused)).toMatchObject({ code: 2, lines: ['E1010 /runs: Permission denied. (mkdir)'] });
});

it('takes everything else for our bug, and asks for a report with what we need to find it', () => {
  const { code, lines } = report(new TypeError('x is undefined', { cause: new Error('deeper') }));
  expect(code).toBe(1);
  expect(lines.join('\n')).toMatch(
    /TypeError: x is undefined\n {4}at [\s\S]*Caused by: Error: deeper[\s\S]*This is a bug in polytask\. Please report it[\s\S]*Node \d/,
  );
});
