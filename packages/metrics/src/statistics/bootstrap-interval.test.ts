import { fold, key, normal } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import { bootstrapInterval } from './bootstrap-interval.ts';

const average = (sample: readonly number[]) => sample.reduce((sum, value) => sum + value, 0) / sample.length;

describe('bootstrapInterval', () => {
  test('the interval of a mean is the normal one: ± 1.96 σ/√n', () => {
    const values = [...normal(key(1), 400)];

    const { low, high } = bootstrapInterval(key(2), values, average, { resamples: 4000 });

    const centre = average(values);
    const error = Math.sqrt(average(values.map((value) => (value - centre) ** 2)) / values.length);
    expect(Math.abs(low - (centre - 1.96 * error))).toBeLessThan(0.15 * error);
    expect(Math.abs(high - (centre + 1.96 * error))).toBeLessThan(0.15 * error);
  });

  test('about 95 of 100 intervals cover the true mean', () => {
    const covered = Array.from({ length: 100 }, (_, trial) => {
      const values = [...normal(fold(key(3), trial), 50)];
      const { low, high } = bootstrapInterval(fold(key(4), trial), values, average, { resamples: 300 });
      return low <= 0 && 0 <= high;
    }).filter(Boolean).length;

    expect(covered).toBeGreaterThanOrEqual(88);
    expect(covered).toBeLessThanOrEqual(99);
  });

  test('the same key gives the same interval, another key another', () => {
    const values = [1, 2, 4, 8, 16, 32, 64];

    const first = bootstrapInterval(key(1), values, average);

    expect(bootstrapInterval(key(1), values, average)).toEqual(first);
    expect(bootstrapInterval(key(2), values, average)).not.toEqual(first);
  });

  test('equal values have an interval of no width, no values none', () => {
    expect(bootstrapInterval(key(1), [3, 3, 3], average)).toEqual({ low: 3, high: 3, level: 0.95 });
    expect(bootstrapInterval(key(1), [], average)).toEqual({ low: Number.NaN, high: Number.NaN, level: 0.95 });
  });

  test('resamples without a value are left out', () => {
    const shareOfPositives = (sample: readonly number[]) => {
      const chosen = sample.filter((value) => value !== 0);
      return chosen.filter((value) => value > 0).length / chosen.length;
    };

    const { low, high } = bootstrapInterval(key(1), [0, 0, 1], shareOfPositives);

    expect([low, high]).toEqual([1, 1]);
  });

  test('an impossible level or number of resamples is refused', () => {
    expect(() => bootstrapInterval(key(1), [1], average, { level: 1 })).toThrow('Found 1.');
    expect(() => bootstrapInterval(key(1), [1], average, { resamples: 0 })).toThrow('Found 0.');
  });
});
