import { expect, it } from 'vitest';
import { countNumbers, numberOfCell } from './number-cells.ts';

it('reads numbers, and words that mean a missing one', () => {
  expect(['3', ' -1.5e2 ', 7, true, '0x10'].map(numberOfCell)).toEqual([3, -150, 7, 1, 16]);
  expect(['', ' ', null, undefined, '?', 'NA', 'n/a', 'NaN', 'null', '-', Number.NaN].map(numberOfCell)).toEqual(
    Array(11).fill(null),
  );
  expect(['ten', 'Infinity', '1 200', '1,5'].map(numberOfCell)).toEqual(Array(4).fill(undefined));
});

it('counts the words of a column of numbers', () => {
  const { isNumber, numbers, markers, others } = countNumbers(['1', 'NA', '2', ' NA', '?', '', null]);
  expect([isNumber, numbers, others, [...markers]]).toEqual([
    true,
    2,
    0,
    [
      ['NA', 2],
      ['?', 1],
    ],
  ]);
});

it('takes a column for one of numbers only where no cell is anything else, and not for such words alone', () => {
  expect(countNumbers(['1', 'x']).isNumber).toBe(false);
  expect(countNumbers(['none', 'unknown']).isNumber).toBe(false);
  expect(countNumbers(['', null]).isNumber).toBe(true);
});
