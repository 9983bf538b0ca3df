import type { Metric } from '../metric.ts';
import { byCodeUnit } from '../order.ts';
import { forEachSet, type LabelSetBatch } from './set-batch.ts';

export type HammingState = {
  readonly wrong: number;
  /** Examples whose truth tells of all labels. */
  readonly rows: number;
  /** Labels that the other examples tell of. */
  readonly cells: number;
  /** Those seen, in order. */
  readonly labels: readonly string[];
};

/**
 * The share of wrong answers to "has this example this label?": Σ |P △ T| / (n·L), L the number of labels seen in truth and prediction, or of
 * `labels`. 0 to 1; NaN without evidence, or without any label.
 *
 * @param labels all there are: give them where some may never be seen.
 */
export function hammingLoss({
  labels = [],
}: {
  readonly labels?: readonly string[];
} = {}): Metric<LabelSetBatch, HammingState, number> {
  const sorted = (names: Iterable<string>) => [...new Set(names)].sort(byCodeUnit);
  return {
    name: 'hammingLoss',
    direction: 'down',
    empty: { wrong: 0, rows: 0, cells: 0, labels: [] },
    observe(batch) {
      let [wrong, rows, cells] = [0, 0, 0];
      const seen = new Set<string>();
      forEachSet(batch, ({ predicted, actual, known }) => {
        for (const label of [...predicted, ...actual, ...(known ?? [])]) seen.add(label);
        if (known) cells += known.size;
        else rows += 1;
        wrong += [...predicted].filter((label) => !actual.has(label)).length;
        wrong += [...actual].filter((label) => !predicted.has(label)).length;
      });
      return { wrong, rows, cells, labels: sorted(seen) };
    },
    merge: (left, right) => ({
      wrong: left.wrong + right.wrong,
      rows: left.rows + right.rows,
      cells: left.cells + right.cells,
      labels: sorted([...left.labels, ...right.labels]),
    }),
    compute: ({ wrong, rows, cells, labels: seen }) => wrong / (rows * sorted([...seen, ...labels]).length + cells),
  };
}
