import { type AverageOptions, averaged, type LabelScore, ratio } from './averaging.ts';
import type { LabelBatch } from './label-batch.ts';
import type { LabelCounts } from './label-counts.ts';
import type { Metric } from './metric.ts';

/** tp / (tp + fp) of one label; 0 when it was never predicted. */
export const labelPrecision: LabelScore = ({ truePositives, predicted }) => ratio(truePositives, predicted);

/**
 * How many of the predictions of a label were right.
 *
 *   precision = tp / (tp + fp),   averaged over labels; NaN without evidence
 *
 * Throws a RangeError for an unknown `average` and for empty or repeated `labels`.
 */
export function precision<Label extends string = string>(
  options: AverageOptions<Label>,
): Metric<LabelBatch<Label>, LabelCounts<Label>, number> {
  return averaged('precision', labelPrecision, options);
}

/** `precision` of one batch: the predicted labels first, then the true ones (`null` where missing). */
export function precisionScore<Label extends string>(
  predicted: readonly Label[],
  actual: readonly (Label | null)[],
  options: AverageOptions<Label>,
): number {
  const metric = precision(options);
  return metric.compute(metric.observe({ predicted, actual }));
}
