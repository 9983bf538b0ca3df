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
export { duplicateGroups } from './splits/duplicate-groups.ts';
export { fixedSplit } from './splits/fixed-split.ts';
export { quantileBins } from './splits/quantile-bins.ts';
export { randomSplit } from './splits/random-split.ts';
export type { Split, SplitOptions } from './splits/split.ts';
export { stratifiedSplit } from './splits/stratified-split.ts';
export { type LearnWordPieceOptions, learnWordPiece } from './text/learn-word-piece.ts';
export { type NgramHasher, type NgramHasherOptions, ngramHasher } from './text/ngram-hasher.ts';
export { type NormalizeOptions, normalizeText } from './text/normalize-text.ts';
export { type PaddedBatch, type PadOptions, padBatch } from './text/pad-batch.ts';
export { type TokenizerJson, tokenizerJson } from './text/tokenizer-json.ts';
export { type WordPiece, type WordPieceOptions, wordPiece } from './text/word-piece.ts';
