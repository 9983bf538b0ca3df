import { expect, test } from 'vitest';
import { formatProblem, PolytaskError, quote } from './errors.ts';
import { didYouMean, nearest } from './suggest.ts';

test('a problem is one line with its code, place, message, count and fix', () => {
  const problem = {
    code: 'E1207',
    path: 'tasks.topic.loss.tpye',
    file: 'run.yaml',
    line: 14,
    column: 7,
    message: 'unknown key.',
    fix: 'Did you mean "type"?',
  };

  expect(formatProblem(problem)).toBe('E1207 tasks.topic.loss.tpye (run.yaml:14:7): unknown key. Did you mean "type"?');
  expect(formatProblem({ code: 'E2111', file: 'a.csv', row: 3, message: 'NUL byte', count: 2 })).toBe(
    'E2111 a.csv row 3: NUL byte (2 times)',
  );
  expect(formatProblem({ code: 'E1', message: 'm' })).toBe('E1 m');
});

test('an error lists all its problems and carries the code of the first', () => {
  const error = new PolytaskError('usage', [
    { code: 'E1', message: 'a' },
    { code: 'E2', message: 'b' },
  ]);

  expect(error.code).toBe('E1');
  expect(error.message).toBe('E1 a\nE2 b');
});

test('an error of another copy of the package is recognised, other errors are not', () => {
  const foreign = Object.assign(new Error('x'), { [Symbol.for('polytask.error')]: true });

  expect(
    [foreign, new PolytaskError('data', { code: 'E2', message: '' }), new Error('x'), null].map(PolytaskError.is),
  ).toEqual([true, true, false, false]);
});

test('long values are cut in messages', () => {
  expect(quote('a'.repeat(50))).toBe(`"${'a'.repeat(39)}…`);
  expect(quote(undefined)).toBe('undefined');
});

test('the nearest name is suggested when it is near', () => {
  expect(nearest('tpye', ['weight', 'type'])).toBe('type');
  expect(nearest('Topik', ['topic'])).toBe('topic');
  expect(nearest('colour', ['type', 'weight'])).toBeUndefined();
  expect(didYouMean('tpye', ['type', 'weight'])).toBe('Did you mean "type"? Allowed: type, weight.');
});
