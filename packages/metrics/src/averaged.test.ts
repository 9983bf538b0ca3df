import { describe, expect, test } from 'vitest';
import { f1Score } from './f1-score.ts';
import { precision } from './precision.ts';
import { recall } from './recall.ts';
import { arbitraryLabelBatch } from './testing/arbitrary-batches.ts';
import { describeMetricLaws } from './testing/metric-laws.ts';

describeMetricLaws(precision({ average: 'macro' }), arbitraryLabelBatch);
describeMetricLaws(recall({ average: 'weighted' }), arbitraryLabelBatch);
describeMetricLaws(f1Score({ average: 'micro', labels: ['a', '__proto__'] }), arbitraryLabelBatch);
describeMetricLaws(f1Score({ average: { label: 'b' } }), arbitraryLabelBatch);

describe('averages over labels', () => {
  test('macro F₁ is the plain mean: (2/3 + 1/2) / 2', () => {
    // a: tp 1, fp 1, fn 0 → 2/3; b: tp 1, fp 0, fn 2 → 1/2 … with one b taken for c: c has tp 0, fp 1 → 0.
    expect(f1Score(['a', 'a', 'b', 'c'], ['a', 'b', 'b', 'b'], { average: 'macro' })).toBeCloseTo(7 / 18, 14);
    expect(f1Score(['a', 'a', 'b', 'c'], ['a', 'b', 'b', 'b'], { average: 'macro', labels: ['a', 'b'] })).toBeCloseTo(
      7 / 12,
      14,
    );
  });

  test('micro precision, recall and F₁ are the accuracy when every label counts', () => {
    const batch = { predicted: ['a', 'a', 'b', 'c'], actual: ['a', 'b', 'b', 'b'] };
    for (const metric of [precision, recall, f1Score].map((make) => make({ average: 'micro' }))) {
      expect(metric.compute(metric.observe(batch))).toBe(0.5);
    }
  });

  test('without labelled examples the value is NaN, never zero', () => {
    for (const average of ['macro', 'micro', 'weighted', { label: 'a' }] as const) {
      expect(f1Score([], [], { average })).toBeNaN();
      expect(f1Score(['a', 'b'], [null, null], { average })).toBeNaN();
    }
  });

  test('a prediction for a missing label is no false positive', () => {
    expect(f1Score(['a', 'a'], ['a', null], { average: { label: 'a' } })).toBe(1);
  });

  test('names say the average', () => {
    expect(f1Score({ average: 'macro' }).name).toBe('macroF1');
    expect(precision({ average: 'weighted' }).name).toBe('weightedPrecision');
    expect(recall({ average: { label: 'spam' } }).name).toBe('recall(spam)');
  });

  test('a wrong average, repeated or no labels and unequal lengths are refused', () => {
    // @ts-expect-error an average that does not exist
    expect(() => f1Score({ average: 'marco' })).toThrow(/expected average "macro".*Found "marco"/);
    expect(() => recall({ average: 'macro', labels: ['a', 'a'] })).toThrow('Found "a" twice');
    expect(() => recall({ average: 'macro', labels: [] })).toThrow('Found none');
    expect(() => f1Score(['a'], ['a', 'b'], { average: 'macro' })).toThrow('Found 1 predicted and 2 actual');
  });
});
