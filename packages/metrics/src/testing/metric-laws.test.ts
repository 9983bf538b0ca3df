import { expect, test } from 'vitest';
import { expectClose } from './close.ts';
import { concatenate } from './concatenate.ts';

test('batches are joined entry by entry, and what only one has is kept', () => {
  expect(concatenate({ a: [1], b: { c: ['x'] } }, { b: { c: ['y'] }, d: [2] })).toEqual({
    a: [1],
    b: { c: ['x', 'y'] },
    d: [2],
  });
  expect(() => concatenate({ sum: 1 }, { sum: 2 })).toThrow('Pass "concatenate"');
});

test('closeness sees a number that is off, a missing entry and a NaN', () => {
  expectClose({ a: [1 + 1e-13, Number.NaN] }, { a: [1, Number.NaN] }, 1e-12);
  expect(() => expectClose({ a: [1 + 1e-11] }, { a: [1] }, 1e-12)).toThrow();
  expect(() => expectClose({ a: [1] }, { a: [1], b: 2 }, 1e-12)).toThrow();
  expect(() => expectClose([Number.NaN], [1], 1e-12)).toThrow();
  expect(() => expectClose([1, 2], [1], 1e-12)).toThrow();
});
