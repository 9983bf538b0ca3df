import { didYouMean, quote } from '@polytask/base';
import { requireDistinct } from './averaging.ts';
import { forEachLabelled, type LabelBatch } from './label-batch.ts';
import type { Metric } from './metric.ts';
import { byCodeUnit } from './order.ts';

/** `counts[i][j]` examples have the true label `labels[i]` and were predicted as `labels[j]`. */
export type ConfusionMatrix<Label extends string = string> = {
  readonly labels: readonly Label[];
  readonly counts: readonly (readonly number[])[];
};

const zeros = (size: number): number[][] => Array.from({ length: size }, () => new Array<number>(size).fill(0));

/**
 * Which labels are taken for which: true labels in rows, predicted ones in columns.
 *
 * With `labels`, the matrix has exactly these, in their order, and any other label throws a RangeError; without, it has the
 * labels seen in truth or prediction, ordered by code unit, and grows as evidence is merged.
 */
export function confusionMatrix<Label extends string = string>({
  labels,
}: {
  readonly labels?: readonly Label[];
} = {}): Metric<LabelBatch<Label>, ConfusionMatrix<Label>, ConfusionMatrix<Label>> {
  if (labels) requireDistinct(labels);
  return {
    name: 'confusionMatrix',
    direction: 'up',
    empty: { labels: labels ?? [], counts: zeros(labels?.length ?? 0) },
    observe(batch) {
      const seen = labels ?? seenLabels(batch);
      const position = new Map(seen.map((label, index) => [label, index]));
      const counts = zeros(seen.length);
      forEachLabelled(batch, (predicted, actual) => {
        counts[find(actual, position)]![find(predicted, position)]! += 1;
      });
      return { labels: seen, counts };
    },
    merge(left, right) {
      const union = labels ?? [...new Set([...left.labels, ...right.labels])].sort(byCodeUnit);
      const position = new Map(union.map((label, index) => [label, index]));
      const counts = zeros(union.length);
      for (const part of [left, right]) {
        const positions = part.labels.map((label) => find(label, position));
        part.counts.forEach((row, i) => {
          row.forEach((count, j) => {
            counts[positions[i]!]![positions[j]!]! += count;
          });
        });
      }
      return { labels: union, counts };
    },
    compute: (state) => state,
  };
}

function seenLabels<Label extends string>(batch: LabelBatch<Label>): Label[] {
  const seen = new Set<Label>();
  forEachLabelled(batch, (predicted, actual) => {
    seen.add(predicted).add(actual);
  });
  return [...seen].sort(byCodeUnit);
}

function find<Label extends string>(label: Label, position: ReadonlyMap<Label, number>): number {
  const index = position.get(label);
  if (index !== undefined) return index;
  throw new RangeError(`expected one of the labels. Found ${quote(label)}. ${didYouMean(label, [...position.keys()])}`);
}
