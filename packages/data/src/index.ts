export {
  type Batch,
  type BatchSampler,
  type BatchSamplerOptions,
  type BatchSamplerState,
  batchSampler,
} from './batches.ts';
export { loadExamples } from './dataset.ts';
export type { BadRows, Example, LoadedExamples, QuarantinedRow, Rows, Schema } from './example.ts';
export { fingerprint } from './fingerprint.ts';
export { checkLabels, fitLabels, type Label, type LabelSpec, type LabelVocabulary, labelVocabulary } from './labels.ts';
export { lengthBuckets } from './length-buckets.ts';
export { openSource } from './sources/open-source.ts';
export { type CsvOptions, readCsv } from './sources/read-csv.ts';
export { readJsonl } from './sources/read-jsonl.ts';
export type { JsonValue, Source, SourceInput, SourceOptions, SourceRow, Values } from './sources/types.ts';
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
export { type LearnWordPieceOptions, learnWordPiece } from './text/learn-word-piece.ts';
export { type NgramHasher, type NgramHasherOptions, ngramHasher } from './text/ngram-hasher.ts';
export { type NormalizeOptions, normalizeText } from './text/normalize-text.ts';
export { type PaddedBatch, type PadOptions, padBatch } from './text/pad-batch.ts';
export { type TokenizerJson, tokenizerJson } from './text/tokenizer-json.ts';
export { type WordPiece, type WordPieceOptions, wordPiece } from './text/word-piece.ts';
