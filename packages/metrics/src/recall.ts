import { type AverageOptions, averaged, type LabelScore, ratio } from './averaging.ts';
import type { LabelBatch } from './label-batch.ts';
import type { LabelCounts } from './label-counts.ts';
import type { Metric } from './metric.ts';

/** tp / (tp + fn) of one label; 0 when no example has it. */
export const labelRecall: LabelScore = ({ truePositives, support }) => ratio(truePositives, support);

/**
 * How many of the examples of a label were found.
 *
 *   recall = tp / (tp + fn),   averaged over labels; NaN without evidence
 *
 * Throws a RangeError for an unknown `average` and for empty or repeated `labels`.
 */
export function recall<Label extends string = string>(
  options: AverageOptions<Label>,
): Metric<LabelBatch<Label>, LabelCounts<Label>, number> {
  return averaged('recall', labelRecall, options);
}

/** `recall` of one batch: the predicted labels first, then the true ones (`null` where missing). */
export function recallScore<Label extends string>(
  predicted: readonly Label[],
  actual: readonly (Label | null)[],
  options: AverageOptions<Label>,
): number {
  const metric = recall(options);
  return metric.compute(metric.observe({ predicted, actual }));
}
