import { quote } from '@polytask/base';
import type { LabelBatch } from './label-batch.ts';
import {
  addCounts,
  countLabels,
  type LabelCount,
  type LabelCounts,
  mergeLabelCounts,
  selectCounts,
} from './label-counts.ts';
import type { Metric } from './metric.ts';

/** How the scores of the single labels become one number. */
export type Average = 'macro' | 'micro' | 'weighted';

/**
 * `macro`: the plain mean over labels · `weighted`: the mean weighted by support · `micro`: the score of the summed counts ·
 * `{ label }`: the score of that label alone.
 *
 * The labels averaged over are those seen in truth or prediction, or exactly `labels` when given; the counts always come from
 * all examples. These are the conventions of scikit-learn.
 */
export type AverageOptions<Label extends string = string> =
  | { readonly average: Average; readonly labels?: readonly Label[] }
  | { readonly average: { readonly label: Label } };

/** The score of one label from its counts. */
export type LabelScore = (count: LabelCount) => number;

/** 0/0 is 0 where there are examples: a label never predicted has precision 0. */
export function ratio(numerator: number, denominator: number): number {
  return denominator === 0 ? 0 : numerator / denominator;
}

/** The average of `score` over labels. NaN without evidence: absence is not a score of zero. */
export function averageScore<Label extends string>(
  counts: LabelCounts<Label>,
  score: LabelScore,
  average: Average,
  labels?: readonly Label[],
): number {
  if (counts.length === 0) return Number.NaN;
  const rows = selectCounts(counts, labels);
  if (average === 'micro') return score(addCounts('micro', rows));
  let total = 0;
  let weights = 0;
  for (const row of rows) {
    const weight = average === 'weighted' ? row.support : 1;
    total += weight * score(row);
    weights += weight;
  }
  return ratio(total, weights);
}

/** A metric that averages `score` over labels; its state is one row of counts per label. */
export function averaged<Label extends string>(
  scoreName: string,
  score: LabelScore,
  options: AverageOptions<Label>,
): Metric<LabelBatch<Label>, LabelCounts<Label>, number> {
  const { average } = options;
  const evidence = { empty: [], observe: countLabels<Label>, merge: mergeLabelCounts<Label>, direction: 'up' } as const;
  if (typeof average === 'object') {
    return {
      ...evidence,
      name: `${scoreName}(${average.label})`,
      compute: (counts) => averageScore(counts, score, 'macro', [average.label]),
    };
  }
  if (average !== 'macro' && average !== 'micro' && average !== 'weighted') {
    throw new RangeError(`expected average "macro", "micro", "weighted" or { label }. Found ${quote(average)}.`);
  }
  const labels = 'labels' in options ? options.labels : undefined;
  if (labels) requireDistinct(labels);
  return {
    ...evidence,
    name: `${average}${scoreName[0]!.toUpperCase()}${scoreName.slice(1)}`,
    compute: (counts) => averageScore(counts, score, average, labels),
  };
}

/** Throws a RangeError when `labels` is empty or names a label twice. */
export function requireDistinct(labels: readonly string[]): void {
  const twice = labels.find((label, index) => labels.indexOf(label) !== index);
  if (twice !== undefined) throw new RangeError(`expected each label once in labels. Found ${quote(twice)} twice.`);
  if (labels.length === 0) throw new RangeError('expected at least one label in labels. Found none.');
}
