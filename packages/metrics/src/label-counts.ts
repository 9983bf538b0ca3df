import { forEachLabelled, type LabelBatch } from './label-batch.ts';
import { byCodeUnit } from './order.ts';

/** How often a label was predicted, was true, and was both. */
export type LabelCount<Label extends string = string> = {
  readonly label: Label;
  readonly truePositives: number;
  readonly predicted: number;
  /** Examples whose true label this is. */
  readonly support: number;
};

/** One row per label that was predicted or true at least once, ordered by label. */
export type LabelCounts<Label extends string = string> = readonly LabelCount<Label>[];

export function countLabels<Label extends string>(batch: LabelBatch<Label>): LabelCounts<Label> {
  const rows = new Map<Label, { label: Label; truePositives: number; predicted: number; support: number }>();
  const row = (label: Label) => {
    let found = rows.get(label);
    if (!found) {
      found = { label, truePositives: 0, predicted: 0, support: 0 };
      rows.set(label, found);
    }
    return found;
  };
  forEachLabelled(batch, (predicted, actual) => {
    row(predicted).predicted += 1;
    row(actual).support += 1;
    if (predicted === actual) row(actual).truePositives += 1;
  });
  return [...rows.values()].sort((a, b) => byCodeUnit(a.label, b.label));
}

export function mergeLabelCounts<Label extends string>(
  left: LabelCounts<Label>,
  right: LabelCounts<Label>,
): LabelCounts<Label> {
  const rows = new Map(left.map((count) => [count.label, count]));
  for (const count of right) {
    const other = rows.get(count.label);
    rows.set(count.label, other ? addCounts(count.label, [other, count]) : count);
  }
  return [...rows.values()].sort((a, b) => byCodeUnit(a.label, b.label));
}

/** The sum of several rows, under a new label. */
export function addCounts<Label extends string>(label: Label, counts: LabelCounts): LabelCount<Label> {
  let truePositives = 0;
  let predicted = 0;
  let support = 0;
  for (const count of counts) {
    truePositives += count.truePositives;
    predicted += count.predicted;
    support += count.support;
  }
  return { label, truePositives, predicted, support };
}

/** The rows of `labels`, in their order, with zeros for labels never seen; every row when `labels` is not given. */
export function selectCounts<Label extends string>(
  counts: LabelCounts<Label>,
  labels: readonly Label[] | undefined,
): LabelCounts<Label> {
  if (!labels) return counts;
  const rows = new Map(counts.map((count) => [count.label, count]));
  return labels.map((label) => rows.get(label) ?? { label, truePositives: 0, predicted: 0, support: 0 });
}
