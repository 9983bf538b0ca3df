import { key, normal } from '@polytask/base';
import { expect, test } from 'vitest';
import { mixedRadix } from './mixed-radix.ts';

test.each([2, 4, 5, 10, 16, 25, 40, 100, 400])('is the discrete Fourier transform of %i complex numbers', (size) => {
  const input = Float64Array.from(normal(key(size), 2 * size));
  const output = new Float64Array(2 * size);
  mixedRadix(size)!(output, input);
  for (let k = 0; k < size; k++) {
    let [re, im] = [0, 0];
    for (let n = 0; n < size; n++) {
      const angle = (-2 * Math.PI * ((n * k) % size)) / size;
      re += input[2 * n]! * Math.cos(angle) - input[2 * n + 1]! * Math.sin(angle);
      im += input[2 * n]! * Math.sin(angle) + input[2 * n + 1]! * Math.cos(angle);
    }
    expect(output[2 * k]).toBeCloseTo(re, 9);
    expect(output[2 * k + 1]).toBeCloseTo(im, 9);
  }
});

test('leaves other sizes to others', () => {
  expect(mixedRadix(401)).toBeUndefined();
  expect(mixedRadix(12)).toBeUndefined();
  expect(mixedRadix(1)).toBeUndefined();
});
