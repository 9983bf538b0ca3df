export { type Accumulator, accumulator } from './accumulator.ts';
export { type AccuracyState, accuracy, accuracyScore } from './accuracy.ts';
export { cohenKappa, type KappaOptions, matthewsCorrelation } from './agreement.ts';
export { type AverageAccuracyState, averageAccuracy, type TaskBatches } from './average-accuracy.ts';
export type { Average, AverageOptions } from './averaging.ts';
export { type ClassificationReport, classificationReport, type Scores } from './classification-report.ts';
export { type ConfusionMatrix, confusionMatrix } from './confusion-matrix.ts';
export { type Box, type Detection, intersectionOverUnion, type TrueBox } from './detection/boxes.ts';
export type { Matching } from './detection/matching.ts';
export {
  averagePrecisionByLabel,
  cocoAveragePrecision,
  type DetectionBatch,
  type DetectionEvidence,
  type DetectionOptions,
  meanAveragePrecision,
} from './detection/mean-average-precision.ts';
export type { Interpolation } from './detection/precision-recall.ts';
export { f1Score } from './f1-score.ts';
export type { LabelBatch } from './label-batch.ts';
export type { LabelCount, LabelCounts } from './label-counts.ts';
export { type HammingState, hammingLoss } from './label-sets/hamming-loss.ts';
export type { LabelSet, LabelSetBatch } from './label-sets/set-batch.ts';
export {
  labelSetF1,
  labelSetJaccard,
  labelSetPrecision,
  labelSetRecall,
  type SetAverageOptions,
  subsetAccuracy,
} from './label-sets/set-scores.ts';
export { type MeanState, mean, type SumAndCount } from './mean.ts';
export type { Metric } from './metric.ts';
export type { Moments } from './numbers/moments.ts';
export type { NumberBatch } from './numbers/number-batch.ts';
export {
  explainedVariance,
  meanAbsoluteError,
  meanSquaredError,
  pearsonCorrelation,
  r2Score,
  rootMeanSquaredError,
} from './numbers/regression.ts';
export { spearmanCorrelation } from './numbers/spearman.ts';
export { precision, precisionScore } from './precision.ts';
export { expectedCalibrationError } from './probabilities/calibration-error.ts';
export type { ProbabilityBatch } from './probabilities/probability-batch.ts';
export { averagePrecision, type RankingOptions, rocAuc } from './probabilities/ranking.ts';
export { brierScore, logLoss, perplexity, topKAccuracy } from './probabilities/scoring.ts';
export { recall, recallScore } from './recall.ts';
export {
  type SpanCounts,
  type SpanReport,
  spanF1,
  spanPrecision,
  spanRecall,
  spanReport,
  type TagBatch,
} from './spans/span-scores.ts';
export { readTag, type Span, spansOf, type Tag } from './spans/spans-of.ts';
export { tagAccuracy } from './spans/tag-accuracy.ts';
export { type BootstrapOptions, bootstrapInterval } from './statistics/bootstrap-interval.ts';
export type { Interval } from './statistics/interval.ts';
export { normalQuantile } from './statistics/normal-quantile.ts';
export { pairedPermutationTest } from './statistics/permutation-test.ts';
export { wilsonInterval } from './statistics/wilson-interval.ts';
export { type Comparison, deltaM, deltaP } from './tasks/delta.ts';
export { type Edits, edits } from './texts/edits.ts';
export { characterErrorRate, wordErrorRate } from './texts/error-rate.ts';
export { unweightedAverageRecall } from './unweighted-average-recall.ts';
