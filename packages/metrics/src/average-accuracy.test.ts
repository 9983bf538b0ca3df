import fc from 'fast-check';
import { expect, test } from 'vitest';
import { averageAccuracy } from './average-accuracy.ts';
import { arbitraryLabelBatch } from './testing/arbitrary-batches.ts';
import { describeMetricLaws } from './testing/metric-laws.ts';

const arbitraryTasks = fc.dictionary(fc.constantFrom('topic', 'sentiment', '__proto__'), arbitraryLabelBatch, {
  maxKeys: 3,
});
describeMetricLaws(averageAccuracy(), arbitraryTasks);

test('every task counts the same: (1/2 + 1/4) / 2', () => {
  const metric = averageAccuracy();

  const state = metric.observe({
    topic: { predicted: ['a', 'b'], actual: ['a', 'a'] },
    urgency: { predicted: ['x', 'x', 'x', 'x'], actual: ['x', 'y', 'y', 'y'] },
    sentiment: { predicted: ['+'], actual: [null] },
  });

  expect(metric.compute(state)).toBe(0.375);
});

test('no task with evidence gives NaN', () => {
  const metric = averageAccuracy();

  expect(metric.compute(metric.empty)).toBeNaN();
  expect(metric.compute(metric.observe({ topic: { predicted: ['a'], actual: [null] } }))).toBeNaN();
});
