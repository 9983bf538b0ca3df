import { describe, expect, test } from 'vitest';
import { confusionMatrix } from './confusion-matrix.ts';
import { arbitraryLabelBatch } from './testing/arbitrary-batches.ts';
import { describeMetricLaws } from './testing/metric-laws.ts';

describe('with the labels seen', () => {
  describeMetricLaws(confusionMatrix(), arbitraryLabelBatch, { tolerance: 0 });
});
describe('with given labels', () => {
  const labels = ['d', 'a', 'b', 'c', '__proto__', 'constructor'];
  describeMetricLaws(confusionMatrix({ labels }), arbitraryLabelBatch, { tolerance: 0 });
});

test('true labels are rows, predicted ones columns, in the order given', () => {
  const metric = confusionMatrix({ labels: ['b', 'a', 'c'] });

  const { counts } = metric.observe({ predicted: ['a', 'a', 'b', 'c'], actual: ['a', 'b', 'b', null] });

  expect(counts).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [0, 0, 0],
  ]);
});

test('evidence with other labels grows the matrix', () => {
  const metric = confusionMatrix();

  const merged = metric.merge(
    metric.observe({ predicted: ['c'], actual: ['a'] }),
    metric.observe({ predicted: ['a'], actual: ['b'] }),
  );

  expect(merged).toEqual({
    labels: ['a', 'b', 'c'],
    counts: [
      [0, 0, 1],
      [1, 0, 0],
      [0, 0, 0],
    ],
  });
});

test('a label outside the given ones is an error that names the likely one', () => {
  const metric = confusionMatrix<string>({ labels: ['sports', 'health'] });

  expect(() => metric.observe({ predicted: ['sport'], actual: ['health'] })).toThrow(
    /Found "sport"\. Did you mean "sports"\?/,
  );
});
