import { hostTensor, key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { safeFor } from '../safety.ts';
import { cutmix } from './cutmix.ts';
import { mixup } from './mixup.ts';
import { softLabel, softNumber } from './soft-label.ts';

const flat = (height: number, width: number, value: number) =>
  hostTensor('uint8', [height, width, 3], new Uint8Array(height * width * 3).fill(value));
const row = (...values: number[]) => hostTensor('float32', [values.length], Float32Array.from(values));

describe('mixup', () => {
  test('is a weighted mean, by the share that it tells', () => {
    for (let seed = 0; seed < 50; seed++) {
      const { value, share } = mixup({ alpha: 1 }).mix(row(0, 10, 4), row(1, 20, 4), key(seed));
      expect(value.data[0]).toBeCloseTo(1 - share, 6);
      expect(value.data[1]).toBeCloseTo(20 - 10 * share, 4);
      expect(value.data[2]).toBeCloseTo(4, 6);
    }
  });

  test('draws Beta(α, α): mean ½, variance 1 / (4(2α + 1))', () => {
    for (const alpha of [0.2, 1, 4]) {
      const shares = Array.from({ length: 4000 }, (_, seed) => mixup({ alpha }).mix(row(0), row(1), key(seed)).share);
      const mean = shares.reduce((sum, one) => sum + one, 0) / 4000;
      const variance = shares.reduce((sum, one) => sum + (one - mean) ** 2, 0) / 4000;
      expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
      expect(Math.abs(variance / (1 / (4 * (2 * alpha + 1))) - 1)).toBeLessThan(0.06);
    }
  });

  test('rounds bytes, and refuses what does not go together', () => {
    const { value, share } = mixup({ alpha: 1 }).mix(flat(2, 2, 0), flat(2, 2, 255), key(3));
    expect(value.data[0]).toBe(Math.round(255 * (1 - share)));
    expect(() => mixup().mix(flat(2, 2, 0), flat(2, 1, 0), key(1))).toThrow(
      'Expected two tensors of uint8 or float32 and equal shape. Found uint8 [2, 2, 3] and uint8 [2, 1, 3].',
    );
    expect(() => mixup({ alpha: 0 })).toThrow(/^alpha: expected/);
    expect(safeFor(mixup(), ['labels'])).toBe(false);
  });
});

describe('cutmix', () => {
  test('the share is the exact part of pixels that are of the first image', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.integer(),
        (height, width, seed) => {
          const [first, second] = [flat(height, width, 1), flat(height, width, 2)];
          const { value, share } = cutmix().mix(first, second, key(seed));
          const own = value.data.filter((one) => one === 1).length / value.data.length;
          expect(share).toBeCloseTo(own, 12);
          expect(first).toEqual(flat(height, width, 1));
          expect(cutmix().mix(first, second, key(seed))).toEqual({ value, share });
        },
      ),
    );
  });

  test('covers a rectangle: its rows are alike', () => {
    const { value } = cutmix().mix(flat(20, 20, 1), flat(20, 20, 2), key(4));
    const rows = Array.from({ length: 20 }, (_, at) => value.data.subarray(at * 60, (at + 1) * 60).join(''));
    expect(new Set(rows).size).toBeLessThanOrEqual(2);
    expect(value.data.includes(2)).toBe(true);
  });

  test('shares of 0 and 1 and everything between come up; empty images stay as they are', () => {
    const shares = Array.from(
      { length: 300 },
      (_, seed) => cutmix().mix(flat(4, 4, 1), flat(4, 4, 2), key(seed)).share,
    );
    expect(Math.max(...shares)).toBe(1);
    expect(Math.min(...shares)).toBeLessThan(0.2);
    expect(cutmix().mix(flat(0, 0, 1), flat(0, 0, 1), key(1)).share).toBe(1);
    expect(() => cutmix({ alpha: Number.NaN })).toThrow(/^alpha: expected/);
  });
});

describe('soft labels', () => {
  test('have the share of each class, together 1', () => {
    expect(softLabel(0, 2, 0.75, 3)).toEqual(Float32Array.of(0.75, 0, 0.25));
    expect(softLabel(1, 1, 0.3, 3)).toEqual(Float32Array.of(0, 1, 0));
    expect(softNumber(10, 20, 0.75)).toBe(12.5);
  });

  test('absent labels stay absent, unless their example has no share', () => {
    expect(softLabel(-1, 2, 0.5, 3)).toBeNull();
    expect(softLabel(0, -1, 0.999, 3)).toBeNull();
    expect(softLabel(-1, -1, 0, 3)).toBeNull();
    expect(softLabel(0, -1, 1, 3)).toEqual(Float32Array.of(1, 0, 0));
    expect(softLabel(-1, 2, 0, 3)).toEqual(Float32Array.of(0, 0, 1));
    expect([softNumber(null, 1, 0.5), softNumber(null, 7, 0), softNumber(7, null, 1)]).toEqual([null, 7, 7]);
  });

  test('refuse classes and shares that are none', () => {
    expect(() => softLabel(3, 0, 0.5, 3)).toThrow('Expected a class from 0 to 2, or −1 for none. Found 3.');
    expect(() => softLabel(0, 1, 1.5, 3)).toThrow(/^share: expected a number from 0 to 1. Found 1.5/);
    expect(() => softNumber(0, 1, Number.NaN)).toThrow(/^share: expected/);
  });
});
