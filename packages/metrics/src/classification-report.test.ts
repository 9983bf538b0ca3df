import { expect, test } from 'vitest';
import { classificationReport } from './classification-report.ts';
import { arbitraryLabelBatch } from './testing/arbitrary-batches.ts';
import { describeMetricLaws } from './testing/metric-laws.ts';

describeMetricLaws(classificationReport(), arbitraryLabelBatch);

test('the labels asked for are reported, in their order, seen or not', () => {
  const metric = classificationReport<string>({ labels: ['c', 'a'] });

  const report = metric.compute(metric.observe({ predicted: ['a', 'b'], actual: ['a', 'a'] }));

  expect(Object.keys(report.perClass)).toEqual(['c', 'a']);
  expect(report.perClass.a).toEqual({ precision: 1, recall: 0.5, f1Score: 2 / 3, support: 2 });
  expect(report.perClass.c).toEqual({ precision: 0, recall: 0, f1Score: 0, support: 0 });
  expect(report.macro.recall).toBe(0.25);
  expect(report.accuracy).toBe(0.5);
});

test('without evidence there are no labels and the averages are NaN', () => {
  const metric = classificationReport();

  const report = metric.compute(metric.empty);

  expect(report).toMatchObject({ perClass: {}, support: 0, accuracy: Number.NaN });
  expect(report.weighted.f1Score).toBeNaN();
});
