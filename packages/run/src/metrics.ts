import {
  type Classification,
  type DetectPrediction,
  type LabelRecord,
  type LabelSetPrediction,
  type Regression,
  readBoxes,
  readLabelSet,
  readTags,
  type Transcription,
} from '@polytask/heads';
import {
  accuracy,
  averagePrecision,
  brierScore,
  characterErrorRate,
  cocoAveragePrecision,
  cohenKappa,
  expectedCalibrationError,
  explainedVariance,
  f1Score,
  hammingLoss,
  labelSetF1,
  labelSetJaccard,
  labelSetPrecision,
  labelSetRecall,
  logLoss,
  type Metric,
  matthewsCorrelation,
  meanAbsoluteError,
  meanAveragePrecision,
  pearsonCorrelation,
  precision,
  r2Score,
  recall,
  rocAuc,
  rootMeanSquaredError,
  spanF1,
  spanPrecision,
  spanRecall,
  spearmanCorrelation,
  subsetAccuracy,
  tagAccuracy,
  topKAccuracy,
  unweightedAverageRecall,
  wordErrorRate,
} from '@polytask/metrics';
import type { MetricName } from './config/names.ts';
import type { TagPrediction, TaskPrediction } from './config/run.ts';
import type { TaskConfig } from './config/schema.ts';

/** Predictions of a task and its labels as they are written; `null` is a missing one. */
export type PredictionBatch = {
  readonly predicted: readonly TaskPrediction[];
  readonly actual: readonly (string | null)[];
};
// biome-ignore-start lint/suspicious/noExplicitAny: the evidence of a metric is its own business
export type PredictionMetric = Metric<PredictionBatch, any, number>;

/** A metric on what it observes of predictions. */
const on =
  <Batch>(read: (batch: PredictionBatch) => Batch) =>
  (metric: Metric<Batch, any, number>): PredictionMetric => ({
    ...metric,
    observe: (batch) => metric.observe(read(batch)),
  });
// biome-ignore-end lint/suspicious/noExplicitAny: see above

const labels = on(({ predicted, actual }) => ({
  predicted: predicted.map((one) => (one as Classification).label),
  actual,
}));
/** The place of each label in the order of the head, which keys of records do not keep: 0 stands before -1 there. Of one that training did not have, none. */
const placesIn = (given: readonly string[] | undefined) =>
  on(({ predicted, actual }) => {
    const [first] = predicted as readonly Classification[];
    const order = given ?? (first ? Object.keys(first.probabilities) : []);
    const placeOf = (label: string) => String(order.indexOf(label));
    return {
      predicted: predicted.map((one) => placeOf((one as Classification).label)),
      actual: actual.map((label) => (label === null || !order.includes(label) ? null : placeOf(label))),
    };
  });
const probabilities = on(({ predicted, actual }) => ({
  probabilities: predicted.map((one) => (one as Classification).probabilities),
  actual,
}));
const numbers = on(({ predicted, actual }) => ({
  predicted: predicted.map((one) => (one as Regression).value),
  actual: actual.map((label) => (label === null ? null : Number(label))),
}));
/** Case and runs of whitespace make no word wrong. */
const texts = on(({ predicted, actual }) => ({
  predicted: predicted.map((one) => (one as Transcription).text.toLowerCase()),
  actual: actual.map((label) =>
    label === null ? null : label.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim(),
  ),
}));

/** The labels that a model knows, and those that it was not taught, which it misses. */
const sets = on(({ predicted, actual }) => ({
  predicted: predicted.map((one) => (one as LabelSetPrediction).labels),
  actual: actual.map((label, at) => {
    if (label === null) return null;
    const set = readLabelSet(label);
    if (!isList(set)) return set;
    const known = Object.keys((predicted[at] as LabelSetPrediction).probabilities);
    return Object.fromEntries([...new Set([...known, ...set])].map((name) => [name, set.includes(name)]));
  }),
}));
/** Words that were cut off, for they are beyond what the encoder reads, are O. */
const tags = on(({ predicted, actual }) => {
  const read = actual.map((label) => (label === null ? null : readTags(label)));
  return {
    predicted: predicted.map((one, at) => (one as TagPrediction).tags.slice(0, read[at]?.length)),
    actual: read,
  };
});
const boxes = on(({ predicted, actual }) => ({
  predicted: predicted.map((one) => (one as DetectPrediction).boxes),
  actual: actual.map((label) => (label === null ? null : readBoxes(label))),
}));

const isList = (set: readonly string[] | LabelRecord): set is readonly string[] => Array.isArray(set);

/** The one table from the names of run files to metrics. */
const table = {
  accuracy: () => labels(accuracy()),
  macroF1: () => labels(f1Score({ average: 'macro' })),
  microF1: () => labels(f1Score({ average: 'micro' })),
  weightedF1: () => labels(f1Score({ average: 'weighted' })),
  macroPrecision: () => labels(precision({ average: 'macro' })),
  macroRecall: () => labels(recall({ average: 'macro' })),
  uar: () => labels(unweightedAverageRecall()),
  kappa: () => labels(cohenKappa()),
  quadraticKappa: (order) => placesIn(order)(cohenKappa({ weights: 'quadratic' })),
  matthews: () => labels(matthewsCorrelation()),
  auc: () => probabilities(rocAuc()),
  ap: () => probabilities(averagePrecision()),
  logLoss: () => probabilities(logLoss()),
  brier: () => probabilities(brierScore()),
  ece: () => probabilities(expectedCalibrationError()),
  top2Accuracy: () => probabilities(topKAccuracy(2)),
  top3Accuracy: () => probabilities(topKAccuracy(3)),
  top5Accuracy: () => probabilities(topKAccuracy(5)),
  rmse: () => numbers(rootMeanSquaredError()),
  mae: () => numbers(meanAbsoluteError()),
  r2: () => numbers(r2Score()),
  explainedVariance: () => numbers(explainedVariance()),
  pearson: () => numbers(pearsonCorrelation()),
  spearman: () => numbers(spearmanCorrelation()),
  wer: () => texts(wordErrorRate()),
  cer: () => texts(characterErrorRate()),
  samplesF1: () => sets(labelSetF1({ average: 'samples' })),
  subsetAccuracy: () => sets(subsetAccuracy()),
  hammingLoss: () => sets(hammingLoss()),
  jaccard: () => sets(labelSetJaccard({ average: 'samples' })),
  spanF1: () => tags(spanF1()),
  spanPrecision: () => tags(spanPrecision()),
  spanRecall: () => tags(spanRecall()),
  macroSpanF1: () => tags(spanF1({ average: 'macro' })),
  tagAccuracy: () => tags(tagAccuracy()),
  mAP50: () => boxes(meanAveragePrecision({ overlaps: 0.5 })),
  mAP: () => boxes(cocoAveragePrecision()),
  mAP75: () => boxes(meanAveragePrecision({ overlaps: 0.75 })),
} satisfies Readonly<Record<MetricName, (order?: readonly string[]) => PredictionMetric>>;

/** Those of sets that have the names of metrics of classes. */
const tableOfSets: Readonly<Partial<Record<MetricName, () => PredictionMetric>>> = {
  microF1: () => sets(labelSetF1({ average: 'micro' })),
  macroF1: () => sets(labelSetF1({ average: 'macro' })),
  weightedF1: () => sets(labelSetF1({ average: 'weighted' })),
  macroPrecision: () => sets(labelSetPrecision({ average: 'macro' })),
  macroRecall: () => sets(labelSetRecall({ average: 'macro' })),
};

/**
 * @param type of the task that is judged; its direction alone depends on the name alone.
 * @param order of its labels, from the lowest to the highest.
 */
export const metricFor = (name: MetricName, type?: TaskConfig['type'], order?: readonly string[]): PredictionMetric =>
  ((type === 'multiLabel' ? tableOfSets[name] : undefined) ?? table[name])(order);
