export { deltas, type FrontEnd, type LogMelOptions, logMel, logMelRate, mfcc } from './audio/log-mel.ts';
export { type MelBand, type MelOptions, type MelScale, melEdges, melFilters } from './audio/mel-filters.ts';
export { resampleSound } from './audio/resample-sound.ts';
export { decodeWav, encodeWav, mono, type Sound, type WavOptions } from './audio/wav.ts';
export { type GainOptions, gain } from './augmentation/audio/gain.ts';
export { type SoundNoiseOptions, soundNoise } from './augmentation/audio/sound-noise.ts';
export { type SpecAugmentOptions, specAugment } from './augmentation/audio/spec-augment.ts';
export { type SpeedOptions, speed } from './augmentation/audio/speed.ts';
export { type TimeShiftOptions, timeShift } from './augmentation/audio/time-shift.ts';
export {
  type AugmentationStep,
  type Augmenter,
  type AugmentOptions,
  augment,
  type ExampleIdentity,
} from './augmentation/augment.ts';
export { type Aspect, type Augmentation, aspects } from './augmentation/augmentation.ts';
export { type BlurOptions, blur } from './augmentation/image/blur.ts';
export { type ColourJitterOptions, colourJitter } from './augmentation/image/colour-jitter.ts';
export { type CutoutOptions, cutout } from './augmentation/image/cutout.ts';
export { type FlipOptions, flip } from './augmentation/image/flip.ts';
export type { Picture } from './augmentation/image/picture.ts';
export {
  type PixelNoiseOptions,
  pixelNoise,
  type SaltAndPepperOptions,
  saltAndPepper,
} from './augmentation/image/pixel-noise.ts';
export { type RandomCropOptions, randomCrop } from './augmentation/image/random-crop.ts';
export { type RescaleOptions, rescale } from './augmentation/image/rescale.ts';
export { type RotateOptions, rotate } from './augmentation/image/rotate.ts';
export { type ShearOptions, shear } from './augmentation/image/shear.ts';
export { type TranslateOptions, translate } from './augmentation/image/translate.ts';
export { type Affine, type Fill, warpImage } from './augmentation/image/warp-image.ts';
export { type CutmixOptions, cutmix } from './augmentation/mixing/cutmix.ts';
export type { Mixer } from './augmentation/mixing/mixer.ts';
export { type Mixable, type MixupOptions, mixup } from './augmentation/mixing/mixup.ts';
export { softLabel, softNumber } from './augmentation/mixing/soft-label.ts';
export type { Span } from './augmentation/options.ts';
export { type ContactSheetOptions, contactSheet } from './augmentation/preview/contact-sheet.ts';
export {
  type Previewable,
  type PreviewOptions,
  type PreviewRow,
  previewRows,
  type Shown,
} from './augmentation/preview/preview-rows.ts';
export {
  featurePicture,
  logMelPicture,
  type PictureSize,
  waveformPicture,
} from './augmentation/preview/sound-pictures.ts';
export { requireSafe, safeFor, type TaskReads, unsafeTasks } from './augmentation/safety.ts';
export {
  type ColumnDeviations,
  type ColumnNoiseOptions,
  columnNoise,
  fitDeviations,
  type TableRow,
} from './augmentation/tabular/column-noise.ts';
export { idDropout, idSwap, type SpecialIds } from './augmentation/text/ids.ts';
export { idMask, type MaskedIds, type MaskIdsOptions, maskIds } from './augmentation/text/mask-ids.ts';
export { type TokenDropoutOptions, tokenDropout } from './augmentation/text/token-dropout.ts';
export { type TokenMaskOptions, tokenMask } from './augmentation/text/token-mask.ts';
export { type TokenSwapOptions, tokenSwap } from './augmentation/text/token-swap.ts';
export { type TypoNoiseOptions, typoNoise } from './augmentation/text/typo-noise.ts';
export { type BatchSamplerOptions, batchSampler } from './batches.ts';
export { type CarryValuesOptions, carryValues } from './cleaning/carry-values.ts';
export {
  applyCleaning,
  type CleanedTable,
  type CleaningSpec,
  type CleanTableOptions,
  cleanTable,
  type QuarantinedCells,
} from './cleaning/clean-table.ts';
export { type CleanTextOptions, cleanText, stripControl } from './cleaning/clean-text.ts';
export type { CellDifference, CleaningReport, ColumnChange, StepReport } from './cleaning/cleaning-report.ts';
export { type CleaningStep, cleaningStep, type StepOutcome, type TypedStep } from './cleaning/cleaning-step.ts';
export { coerceTypes } from './cleaning/coerce-types.ts';
export { type ColumnLeak, type ColumnLeakOptions, columnLeaks } from './cleaning/column-leaks.ts';
export { type ContradictoryLabelOptions, contradictoryLabels } from './cleaning/contradictory-labels.ts';
export { dropMissingColumns, dropMissingRows } from './cleaning/drop-missing.ts';
export { dropDuplicateRows, dropNearDuplicates } from './cleaning/duplicate-rows.ts';
export { fillFromNeighbours, type NeighbourOptions } from './cleaning/fill-from-neighbours.ts';
export { type FillMissingOptions, fillMissing } from './cleaning/fill-missing.ts';
export { type LabelLeak, type LabelLeakOptions, labelLeaks } from './cleaning/label-leaks.ts';
export { type ImageLimits, imageProblem, type SoundLimits, soundProblem } from './cleaning/media-problems.ts';
export { type NearDuplicateOptions, type NearDuplicates, nearDuplicates } from './cleaning/near-duplicates.ts';
export { type OutlierOptions, type OutlierRule, outlierBounds, outliers } from './cleaning/outliers.ts';
export { type RemoveLabelLeaksOptions, removeLabelLeaks } from './cleaning/remove-label-leaks.ts';
export type { Shingles } from './cleaning/shingles.ts';
export { stripHtml } from './cleaning/strip-html.ts';
export { loadExamples } from './dataset.ts';
export type { BadRows, Example, LoadedExamples, QuarantinedRow, Rows, Schema } from './example.ts';
export { fingerprint } from './fingerprint.ts';
export { type DecodeOptions, decodeImage, type Image } from './image/decode-image.ts';
export { encodePng } from './image/encode-png.ts';
export { imageTensor, type ResizeOptions, resizeImage } from './image/resize-image.ts';
export type { IntegratedSource, IntegrationReport } from './integration/integration-report.ts';
export { type JoinOptions, joinSources } from './integration/join-sources.ts';
export type { ColumnMapping } from './integration/map-columns.ts';
export { type UnionOptions, type UnionPart, unionSources } from './integration/union-sources.ts';
export { checkLabels, fitLabels, type Label, type LabelSpec, type LabelVocabulary, labelVocabulary } from './labels.ts';
export { lengthBuckets } from './length-buckets.ts';
export { type AffineSpec, maxAbs, minMax, robust, zScore } from './normalisation/affine.ts';
export {
  type ChannelMoments,
  cmvn,
  fitChannelMoments,
  restoreChannels,
  standardiseChannels,
} from './normalisation/channel-moments.ts';
export { type NormalisationSpec, normaliseTable, type TableNormaliser } from './normalisation/normalise-table.ts';
export type { Normaliser } from './normalisation/normaliser.ts';
export { boxCox, type PowerSpec, yeoJohnson } from './normalisation/power.ts';
export { type QuantileSpec, quantileRank } from './normalisation/quantile-rank.ts';
export { signedLog } from './normalisation/signed-log.ts';
export { normaliseLevel } from './normalisation/sound-level.ts';
export type { ColumnFacts, ColumnRole } from './report/column-facts.ts';
export { type DataFacts, type DataFactsOptions, dataFacts } from './report/data-facts.ts';
export type { Distribution } from './report/distributions.ts';
export { type Drift, kolmogorovSmirnov, populationStabilityIndex } from './report/drift.ts';
export {
  beforeAfter,
  type ClassCounts,
  type ColumnDrift,
  classCounts,
  driftBetween,
  duplicateFacts,
  groupLeaks,
  type LengthFacts,
  labelOverlap,
  lengthFacts,
  type MissingMap,
  missingMap,
  type PartLeak,
  type Parts,
} from './report/facts.ts';
export { equalEdges, type Histogram, histogram, quantileEdges } from './report/histogram.ts';
export type { GiveAways, GroupFacts, NamedPartLeak, RepeatedRows } from './report/leak-facts.ts';
export type { LabelKind, MeasuredLabels, NamesOf } from './report/measured-labels.ts';
export { type BalancedWeights, type BalancedWeightsOptions, balancedWeights } from './sampling/balanced-weights.ts';
export { type ClassBalancedSamplerOptions, classBalancedSampler } from './sampling/class-balanced-sampler.ts';
export type { Draw } from './sampling/draw-examples.ts';
export {
  type Batch,
  type BatchSampler,
  type BatchSamplerState,
  type EpochPlan,
  type EpochSamplerOptions,
  epochSampler,
  type PlannedBatch,
} from './sampling/epoch-sampler.ts';
export type { LengthOptions } from './sampling/length-plan.ts';
export { type PoolSampler, type PoolSamplerOptions, poolSampler } from './sampling/pool-sampler.ts';
export { resample } from './sampling/resample.ts';
export {
  type SelectedTaskSampler,
  type SelectedTaskSamplerOptions,
  selectedTaskSampler,
  type TaskPolicy,
} from './sampling/selected-task-sampler.ts';
export {
  annealedTasks,
  equalTasks,
  roundRobinTasks,
  type TaskChoice,
  temperatureTasks,
} from './sampling/task-choice.ts';
export { type TaskSamplerOptions, taskSampler } from './sampling/task-sampler.ts';
export { type WeightedSamplerOptions, weightedSampler } from './sampling/weighted-sampler.ts';
export { type CellBounds, cellText } from './sources/cut-cells.ts';
export { type FolderOptions, imageFolder, soundFolder } from './sources/folders.ts';
export { fromRows } from './sources/from-rows.ts';
export { isIdxName, openSource } from './sources/open-source.ts';
export { readParquet, writeParquet } from './sources/parquet.ts';
export { readArff } from './sources/read-arff.ts';
export { type CellRows, type CsvOptions, type CsvSource, readCsv } from './sources/read-csv.ts';
export { type IdxColumn, type IdxOptions, readIdx } from './sources/read-idx.ts';
export { readJsonl } from './sources/read-jsonl.ts';
export type { FoundRow } from './sources/rows.ts';
export { shuffleBuffer } from './sources/shuffle-buffer.ts';
export type { Cell, JsonValue, Source, SourceInput, SourceOptions, SourceRow, Values } from './sources/types.ts';
export { type WriteCsvOptions, writeCsv } from './sources/write-csv.ts';
export { writeJsonl } from './sources/write-jsonl.ts';
export { type CurriculumOptions, curriculumShare, easiestExamples, type Pacing } from './splits/curriculum.ts';
export { duplicateGroups } from './splits/duplicate-groups.ts';
export {
  type DynamicSplit,
  type DynamicSplitOptions,
  type DynamicSplitState,
  dynamicSplit,
} from './splits/dynamic-split.ts';
export { fixedSplit } from './splits/fixed-split.ts';
export { type GroupValue, groupNumbers } from './splits/group-numbers.ts';
export { groupSplit } from './splits/group-split.ts';
export { hashSplit } from './splits/hash-split.ts';
export { type IdLikeColumn, idLikeColumns } from './splits/id-like-columns.ts';
export { joinGroups } from './splits/join-groups.ts';
export { type KFoldOptions, kFold } from './splits/k-fold.ts';
export { leaveOneGroupOut } from './splits/leave-one-group-out.ts';
export { type NestedFold, type NestedFoldOptions, nestedFolds } from './splits/nested-folds.ts';
export { quantileBins } from './splits/quantile-bins.ts';
export { randomSplit } from './splits/random-split.ts';
export type { Split, SplitOptions } from './splits/split.ts';
export { type SplitLeakOptions, splitLeaks } from './splits/split-leaks.ts';
export {
  applySplitLock,
  readSplitLock,
  type SplitLock,
  type SplitLockOptions,
  splitLock,
} from './splits/split-lock.ts';
export type { StrataOptions, StratumLabel, StratumLabels } from './splits/strata.ts';
export { stratifiedSplit } from './splits/stratified-split.ts';
export { timeFolds, timeSplit } from './splits/time-split.ts';
export { timeValues } from './splits/time-values.ts';
export { type CellChange, type ColumnFormat, inferFormat } from './table/column-format.ts';
export { countNumbers, isMissingWord, type NumberCells, numberOfCell } from './table/number-cells.ts';
export { type RowsOptions, rowsOf } from './table/rows-of.ts';
export { type Column, selectRows, type Table, table } from './table/table.ts';
export { type ColumnReport, type LoadedTable, type TableOptions, tableOf } from './table/table-of.ts';
export { applyTabular } from './tabular/apply-tabular.ts';
export type { ColumnEncoding, DatePart, TabularSchema } from './tabular/encoding.ts';
export { fitTabular, type TabularSpec, tabularSchema } from './tabular/fit-tabular.ts';
export { type LearnBytePairsOptions, learnBytePairs } from './text/learn-byte-pairs.ts';
export { type LearnUnigramOptions, learnUnigram } from './text/learn-unigram.ts';
export { type LearnWordPieceOptions, learnWordPiece } from './text/learn-word-piece.ts';
export { loadTokenizer, type TextTokenizer } from './text/load-tokenizer.ts';
export { type NgramHasher, type NgramHasherOptions, ngramHasher } from './text/ngram-hasher.ts';
export { type NormalizeOptions, normalizeText } from './text/normalize-text.ts';
export { type PaddedBatch, type PadOptions, padBatch } from './text/pad-batch.ts';
export type { AnyTokenizerJson } from './text/tokenizer-file.ts';
export { specialTokens, type TokenizerJson, tokenizerJson } from './text/tokenizer-json.ts';
export {
  type LearnVocabularyOptions,
  learnVocabulary,
  type Vocabulary,
  vocabularyTokenizer,
} from './text/vocabulary.ts';
export { type WordPiece, type WordPieceOptions, wordPiece } from './text/word-piece.ts';
