import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mean } from './mean.ts';
import { describeMetricLaws } from './testing/metric-laws.ts';

const arbitraryLoss = fc.record({
  sum: fc.double({ min: 0, max: 1e6, noNaN: true }),
  count: fc.integer({ min: 1, max: 64 }),
});
describeMetricLaws(mean(), arbitraryLoss, {
  concatenate: (left, right) => ({ sum: left.sum + right.sum, count: left.count + right.count }),
});

test('batches count by their examples: (2·1 + 6·3) / 8', () => {
  const metric = mean();

  const state = metric.merge(metric.observe({ sum: 2, count: 2 }), metric.observe({ sum: 18, count: 6 }));

  expect(metric.compute(state)).toBe(2.5);
});

test('an absent task brings no evidence, whatever its sum', () => {
  const metric = mean();

  expect(metric.observe({ sum: Number.NaN, count: 0 })).toEqual(metric.empty);
  expect(metric.compute(metric.empty)).toBeNaN();
});

test('one infinite loss makes the mean NaN, through JSON as well', () => {
  const metric = mean();

  const state = metric.merge(
    metric.observe({ sum: 1, count: 1 }),
    metric.observe({ sum: Number.POSITIVE_INFINITY, count: 1 }),
  );

  expect(metric.compute(JSON.parse(JSON.stringify(state)))).toBeNaN();
});

test('losses go down, unless the caller means a score', () => {
  expect(mean().direction).toBe('down');
  expect(mean({ direction: 'up' }).direction).toBe('up');
});

test('a negative count is refused', () => {
  expect(() => mean().observe({ sum: 1, count: -1 })).toThrow('expected a count of at least 0. Found -1.');
});
