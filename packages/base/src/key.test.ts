import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fold, isKey, key, split, threefry } from './key.ts';

// Known answers of Threefry-2x32 with 20 rounds, from the Random123 library's kat_vectors.
test.each([
  [
    [0, 0],
    [0, 0],
    [0x6b200159, 0x99ba4efe],
  ],
  [
    [0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x1cb996fc, 0xbb002be7],
  ],
  [
    [0x13198a2e, 0x03707344],
    [0x243f6a88, 0x85a308d3],
    [0xc4923a9c, 0x483df7a0],
  ],
] as [[number, number], [number, number], [number, number]][])('threefry(%j, %j)', (words, counter, expected) => {
  expect(threefry(words, counter)).toEqual(expected);
});

test('a key survives JSON', () => {
  expect(JSON.parse(JSON.stringify(key(7)))).toEqual(key(7));
});

test('different labels, seeds and orders of folding give different keys', () => {
  const keys = [
    key(1),
    key(2),
    key(2 ** 40),
    fold(key(1), 'a'),
    fold(key(1), 'b'),
    fold(key(1), 0),
    fold(key(1), '0'),
    fold(fold(key(1), 'a'), 'b'),
    fold(fold(key(1), 'b'), 'a'),
  ];

  expect(new Set(keys.map((one) => one.key.join())).size).toBe(keys.length);
});

test('equal labels give equal keys', () => {
  fc.assert(
    fc.property(fc.integer(), fc.oneof(fc.string(), fc.nat()), (seed, label) => {
      expect(fold(key(seed), label)).toEqual(fold(key(seed), label));
    }),
  );
});

test('splitting gives the keys of the numbers', () => {
  expect(split(key(3), 2)).toEqual([fold(key(3), 0), fold(key(3), 1)]);
});

test('a seed that is not an integer is refused', () => {
  expect(() => key(0.5)).toThrow(RangeError);
  expect(() => key(Number.NaN)).toThrow(RangeError);
});

test('only keys are keys', () => {
  expect([key(1), { key: 1 }, null, 'key'].map(isKey)).toEqual([true, false, false, false]);
});
