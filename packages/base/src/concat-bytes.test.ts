import { expect, test } from 'vitest';
import { concatBytes } from './concat-bytes.ts';

test('bytes stand in the order of their parts, in an array of their own', () => {
  const part = Uint8Array.of(3, 4);
  const whole = concatBytes([Uint8Array.of(1, 2), new Uint8Array(0), part, part.subarray(1)]);
  expect([...whole]).toEqual([1, 2, 3, 4, 4]);
  part[0] = 9;
  expect(whole[2]).toBe(3);
  expect(concatBytes([]).length).toBe(0);
});
