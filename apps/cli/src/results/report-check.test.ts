import { expect, it } from 'vitest';
import { overlapLines } from './report-check.ts';

const tasksOf = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, {}])) as never;
const head = { head: (line: string) => line };

it('shows labels of both tasks for as many as fit beside each other, and says so for more', () => {
  const few = overlapLines({ tasks: tasksOf(2), overlap: { t0: { t0: 5, t1: 3 }, t1: { t1: 4 } } }, head);
  expect(few.slice(1)).toEqual(['labels of both  t0  t1', 't0               5   3', 't1               3   4']);
  const many = overlapLines({ tasks: tasksOf(133), overlap: {} }, head);
  expect(many).toHaveLength(2);
  expect(many[1]).toContain('each two of 133 tasks');
});
