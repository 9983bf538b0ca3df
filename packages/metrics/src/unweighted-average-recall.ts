import type { LabelBatch } from './label-batch.ts';
import { countLabels, type LabelCounts, mergeLabelCounts } from './label-counts.ts';
import type { Metric } from './metric.ts';

/**
 * The mean recall over the labels that are true of at least one example: UAR = (1/C) Σ tp_c / n_c. NaN without evidence.
 *
 * What macro recall is over all labels seen, this is over those of the references: a label that is only predicted has no recall.
 * Schuller, Steidl & Batliner, "The INTERSPEECH 2009 Emotion Challenge".
 */
export function unweightedAverageRecall<Label extends string = string>(): Metric<
  LabelBatch<Label>,
  LabelCounts<Label>,
  number
> {
  return {
    name: 'unweightedAverageRecall',
    direction: 'up',
    empty: [],
    observe: countLabels,
    merge: mergeLabelCounts,
    compute(counts) {
      const present = counts.filter(({ support }) => support > 0);
      return present.reduce((sum, { truePositives, support }) => sum + truePositives / support, 0) / present.length;
    },
  };
}
