import type { Classification, Regression, Transcription } from '@polytask/heads';
import {
  accuracy,
  averagePrecision,
  brierScore,
  characterErrorRate,
  cohenKappa,
  expectedCalibrationError,
  explainedVariance,
  f1Score,
  logLoss,
  type Metric,
  matthewsCorrelation,
  meanAbsoluteError,
  pearsonCorrelation,
  precision,
  r2Score,
  recall,
  rocAuc,
  rootMeanSquaredError,
  spearmanCorrelation,
  unweightedAverageRecall,
  wordErrorRate,
} from '@polytask/metrics';
import type { MetricName } from './config/names.ts';
import type { TaskPrediction } from './config/run.ts';

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
  matthews: () => labels(matthewsCorrelation()),
  auc: () => probabilities(rocAuc()),
  ap: () => probabilities(averagePrecision()),
  logLoss: () => probabilities(logLoss()),
  brier: () => probabilities(brierScore()),
  ece: () => probabilities(expectedCalibrationError()),
  rmse: () => numbers(rootMeanSquaredError()),
  mae: () => numbers(meanAbsoluteError()),
  r2: () => numbers(r2Score()),
  explainedVariance: () => numbers(explainedVariance()),
  pearson: () => numbers(pearsonCorrelation()),
  spearman: () => numbers(spearmanCorrelation()),
  wer: () => texts(wordErrorRate()),
  cer: () => texts(characterErrorRate()),
} satisfies Readonly<Record<MetricName, () => PredictionMetric>>;

export const metricFor = (name: MetricName): PredictionMetric => table[name]();
