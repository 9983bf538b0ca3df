import { type Average, averageScore, requireDistinct } from './averaging.ts';
import { labelF1Score } from './f1-score.ts';
import type { LabelBatch } from './label-batch.ts';
import { addCounts, countLabels, type LabelCounts, mergeLabelCounts, selectCounts } from './label-counts.ts';
import type { Metric } from './metric.ts';
import { labelPrecision } from './precision.ts';
import { labelRecall } from './recall.ts';

export type Scores = { readonly precision: number; readonly recall: number; readonly f1Score: number };

export type ClassificationReport<Label extends string = string> = {
  /** By label; labels seen in truth or prediction, or those asked for. */
  readonly perClass: { readonly [label in Label]?: Scores & { readonly support: number } };
  readonly macro: Scores;
  readonly micro: Scores;
  readonly weighted: Scores;
  readonly accuracy: number;
  /** Labelled examples. */
  readonly support: number;
};

/**
 * Precision, recall, F₁ and support of every label, with their averages and the accuracy.
 *
 * `labels` chooses and orders the labels reported and averaged over; accuracy and support are those of all examples. Averages
 * are NaN without evidence. Throws a RangeError for empty or repeated `labels`.
 */
export function classificationReport<Label extends string = string>({
  labels,
}: {
  readonly labels?: readonly Label[];
} = {}): Metric<LabelBatch<Label>, LabelCounts<Label>, ClassificationReport<Label>> {
  if (labels) requireDistinct(labels);
  return {
    name: 'classificationReport',
    direction: 'up',
    empty: [],
    observe: countLabels,
    merge: mergeLabelCounts,
    compute(counts) {
      const averages = (average: Average): Scores => ({
        precision: averageScore(counts, labelPrecision, average, labels),
        recall: averageScore(counts, labelRecall, average, labels),
        f1Score: averageScore(counts, labelF1Score, average, labels),
      });
      const rows = selectCounts(counts, labels).map((count) => [
        count.label,
        {
          precision: labelPrecision(count),
          recall: labelRecall(count),
          f1Score: labelF1Score(count),
          support: count.support,
        },
      ]);
      const all = addCounts('all', counts);
      return {
        perClass: Object.fromEntries(rows) as ClassificationReport<Label>['perClass'],
        macro: averages('macro'),
        micro: averages('micro'),
        weighted: averages('weighted'),
        accuracy: all.truePositives / all.support,
        support: all.support,
      };
    },
  };
}
