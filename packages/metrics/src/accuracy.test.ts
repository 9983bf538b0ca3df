import { expect, expectTypeOf, test } from 'vitest';
import { accuracy, accuracyScore } from './accuracy.ts';
import { arbitraryLabelBatch } from './testing/arbitrary-batches.ts';
import { describeMetricLaws } from './testing/metric-laws.ts';

describeMetricLaws(accuracy(), arbitraryLabelBatch, { tolerance: 0 });

test('two of three labelled examples are right', () => {
  expect(accuracyScore(['a', 'b', 'b', 'a'], ['a', 'b', 'a', null])).toBe(2 / 3);
});

test('accuracy without a labelled example is NaN', () => {
  expect(accuracyScore([], [])).toBeNaN();
  expect(accuracyScore(['a'], [null])).toBeNaN();
});

test('labels keep their type', () => {
  const metric = accuracy<'yes' | 'no'>();
  expectTypeOf(metric.observe).parameter(0).toEqualTypeOf<{
    readonly predicted: readonly ('yes' | 'no')[];
    readonly actual: readonly ('yes' | 'no' | null)[];
  }>();
});
