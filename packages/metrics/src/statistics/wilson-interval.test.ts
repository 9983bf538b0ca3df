import { describe, expect, test } from 'vitest';
import { normalQuantile } from './normal-quantile.ts';
import golden from './statistics.golden.json' with { type: 'json' };
import { wilsonInterval } from './wilson-interval.ts';

describe(`as ${golden.generator} computes it`, () => {
  test.each(golden.wilson)('the interval of $successes of $n at $level', ({ successes, n, level, low, high }) => {
    const found = wilsonInterval(successes, n, level);

    expect(found.low).toBeCloseTo(low, 13);
    expect(found.high).toBeCloseTo(high, 13);
  });

  test.each(golden.normalQuantile)('the normal quantile of $probability', ({ probability, quantile }) => {
    expect(Math.abs(normalQuantile(probability) - quantile)).toBeLessThanOrEqual(
      1e-14 * Math.max(1, Math.abs(quantile)),
    );
  });
});

test('no examples tell nothing: [0, 1]', () => {
  expect(wilsonInterval(0, 0)).toEqual({ low: 0, high: 1, level: 0.95 });
});

test('the ends of the distribution are infinite', () => {
  expect([normalQuantile(0), normalQuantile(1)]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
});

test('impossible counts, levels and probabilities are refused', () => {
  expect(() => wilsonInterval(3, 2)).toThrow('Found 3 successes of 2.');
  expect(() => wilsonInterval(-1, 2)).toThrow('Found -1 successes of 2.');
  expect(() => wilsonInterval(1, 2, 95)).toThrow('expected a level between 0 and 1. Found 95.');
  expect(() => normalQuantile(1.5)).toThrow('Found 1.5.');
});
