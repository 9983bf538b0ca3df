import { type AverageOptions, averaged, type LabelScore, ratio } from './averaging.ts';
import type { LabelBatch } from './label-batch.ts';
import type { LabelCounts } from './label-counts.ts';
import type { Metric } from './metric.ts';

/** 2tp / (2tp + fp + fn) of one label; 0 when it was neither predicted nor true. */
export const labelF1Score: LabelScore = ({ truePositives, predicted, support }) =>
  ratio(2 * truePositives, predicted + support);

/**
 * The harmonic mean of precision and recall, as a metric; given labels, its value on them.
 *
 *   F₁ = 2tp / (2tp + fp + fn),   averaged over labels; NaN without evidence
 *
 * With data, the predicted labels come first, then the true ones (`null` where missing). Throws a RangeError for an unknown
 * `average` and for empty or repeated `labels`. van Rijsbergen, Information Retrieval, 1979.
 */
export function f1Score<Label extends string = string>(
  options: AverageOptions<Label>,
): Metric<LabelBatch<Label>, LabelCounts<Label>, number>;
export function f1Score<Label extends string>(
  predicted: readonly Label[],
  actual: readonly (Label | null)[],
  options: AverageOptions<Label>,
): number;
export function f1Score<Label extends string>(
  ...given:
    | [options: AverageOptions<Label>]
    | [predicted: readonly Label[], actual: readonly (Label | null)[], options: AverageOptions<Label>]
): Metric<LabelBatch<Label>, LabelCounts<Label>, number> | number {
  if (given.length === 1) return averaged('f1', labelF1Score, given[0]);
  const [predicted, actual, options] = given;
  const metric = averaged('f1', labelF1Score, options);
  return metric.compute(metric.observe({ predicted, actual }));
}
