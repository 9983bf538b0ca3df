import { expect, test } from 'vitest';
import { constant, cosine, linear, warmup } from './schedule.ts';

test('a constant schedule is 1', () => {
  expect([0, 7].map(constant())).toEqual([1, 1]);
});

test('a linear schedule falls straight from 1 to its end', () => {
  expect([0, 1, 2, 3, 4, 9].map(linear(5))).toEqual([1, 0.75, 0.5, 0.25, 0, 0]);
  expect(linear(3, 0.5)(2)).toBe(0.5);
});

test('a cosine schedule is 1, ½ and 0 at its beginning, middle and end', () => {
  const values = [0, 5, 10, 11].map(cosine(11));

  for (const [index, expected] of [1, 0.5, 0, 0].entries()) expect(values[index]).toBeCloseTo(expected, 12);
});

test('warm-up rises to 1 and hands over to what comes after', () => {
  expect([0, 1, 2, 3, 4, 5].map(warmup(4, linear(3)))).toEqual([0.25, 0.5, 0.75, 1, 1, 0.5]);
});

test('schedules of one step are 1', () => {
  expect(linear(1)(0)).toBe(1);
  expect(cosine(1)(0)).toBe(1);
});
