import { type AverageOptions, averaged, type LabelScore, ratio } from '../averaging.ts';
import { labelF1Score } from '../f1-score.ts';
import type { LabelCounts } from '../label-counts.ts';
import { type MeanState, mean } from '../mean.ts';
import type { Metric } from '../metric.ts';
import { byCodeUnit } from '../order.ts';
import { labelPrecision } from '../precision.ts';
import { labelRecall } from '../recall.ts';
import { forEachSet, type Judged, type LabelSetBatch, shared } from './set-batch.ts';

type Mean = Metric<LabelSetBatch, MeanState, number>;

/** A mean over examples. */
function meanOf(name: string, score: (judged: Judged) => number): Mean {
  const { empty, observe, merge, compute } = mean({ direction: 'up' });
  return {
    name,
    direction: 'up',
    empty,
    observe(batch) {
      let [sum, count] = [0, 0];
      forEachSet(batch, (judged) => {
        sum += score(judged);
        count += 1;
      });
      return observe({ sum, count });
    },
    merge,
    compute,
  };
}

/** The share of examples with exactly the right labels; two empty sets are equal. NaN without evidence. */
export const subsetAccuracy = (): Mean =>
  meanOf('subsetAccuracy', (judged) =>
    shared(judged) === judged.actual.size && judged.predicted.size === judged.actual.size ? 1 : 0,
  );

type SetScores = Metric<LabelSetBatch, LabelCounts, number>;
/** As `AverageOptions`, and `samples`: the mean over examples of the score of each. */
export type SetAverageOptions = AverageOptions | { readonly average: 'samples' };

const isSamples = (options: SetAverageOptions): options is { readonly average: 'samples' } =>
  options.average === 'samples';

/** Made for each kind of average: its state is that of the average. */
type ByAverage<Options> = Options extends { readonly average: 'samples' } ? Mean : SetScores;

function scored<Options extends SetAverageOptions>(
  name: string,
  score: LabelScore,
  options: Options,
): ByAverage<Options> {
  if (!isSamples(options)) return { ...averaged(name, score, options), observe: countSets } as ByAverage<Options>;
  const title = `samples${name[0]!.toUpperCase()}${name.slice(1)}`;
  return meanOf(title, (judged) =>
    score({
      label: '',
      truePositives: shared(judged),
      predicted: judged.predicted.size,
      support: judged.actual.size,
    }),
  ) as ByAverage<Options>;
}

/**
 * F₁ of labels that do not exclude each other: 2tp / (2tp + fp + fn), averaged over labels or over examples.
 *
 * scikit-learn's conventions: 0/0 is 0, also for an example that has and is given no label; macro averages run over the labels seen in truth,
 * prediction or the records of truth, or over `labels`. NaN without evidence.
 *
 * @throws RangeError for an unknown `average` and for empty or repeated `labels`.
 */
export const labelSetF1 = <Options extends SetAverageOptions>(options: Options) => scored('f1', labelF1Score, options);

/** tp / (tp + fp), as `labelSetF1`. */
export const labelSetPrecision = <Options extends SetAverageOptions>(options: Options) =>
  scored('precision', labelPrecision, options);

/** tp / (tp + fn), as `labelSetF1`. */
export const labelSetRecall = <Options extends SetAverageOptions>(options: Options) =>
  scored('recall', labelRecall, options);

/** |P ∩ T| / |P ∪ T| = tp / (tp + fp + fn), as `labelSetF1`. Jaccard, 1912. */
export const labelSetJaccard = <Options extends SetAverageOptions>(options: Options) =>
  scored(
    'jaccard',
    ({ truePositives, predicted, support }) => ratio(truePositives, predicted + support - truePositives),
    options,
  );

function countSets(batch: LabelSetBatch): LabelCounts {
  const rows = new Map<string, { label: string; truePositives: number; predicted: number; support: number }>();
  const row = (label: string) => {
    const found = rows.get(label) ?? { label, truePositives: 0, predicted: 0, support: 0 };
    rows.set(label, found);
    return found;
  };
  forEachSet(batch, ({ predicted, actual, known }) => {
    for (const label of known ?? []) row(label);
    for (const label of predicted) row(label).predicted += 1;
    for (const label of actual) {
      row(label).support += 1;
      if (predicted.has(label)) row(label).truePositives += 1;
    }
  });
  return [...rows.values()].sort((a, b) => byCodeUnit(a.label, b.label));
}
