export { readBoxes, suppressOverlaps } from './boxes.ts';
export type { ClassWeights } from './class-weights.ts';
export {
  type Classification,
  type ClassifyOptions,
  type ClassifyParams,
  type ClassifySpec,
  type ClassifyTarget,
  classify,
} from './classify.ts';
export { beamDecode, type Decoded, type FrameScores, frameScores, greedyDecode } from './ctc-decoding.ts';
export {
  type DetectLabel,
  type DetectOptions,
  type DetectPrediction,
  type DetectSpec,
  detect,
} from './detect.ts';
export type { DetectParams } from './detect-layer.ts';
export { type DetectTarget, gridLoss } from './grid-loss.ts';
export type { Head } from './head.ts';
export { type LabelRecord, readLabelSet } from './label-set.ts';
export type { LogitsParams } from './logits-layer.ts';
export {
  type LabelSetLabel,
  type LabelSetPrediction,
  type MultiLabelOptions,
  type MultiLabelSpec,
  type MultiLabelTarget,
  multiLabel,
} from './multi-label.ts';
export {
  type OrdinalOptions,
  type OrdinalParams,
  type OrdinalSpec,
  type OrdinalTarget,
  ordinal,
} from './ordinal.ts';
export {
  type Regression,
  type RegressOptions,
  type RegressParams,
  type RegressSpec,
  type RegressTarget,
  regress,
} from './regress.ts';
export {
  type TaggedSpan,
  type Tagging,
  type TagOptions,
  type TagOutputs,
  type TagParams,
  type TagSpec,
  type TagTarget,
  tag,
} from './tag.ts';
export { type LocatedSpan, locateSpans, readTags, repairTags, type TagScheme, wordsOf } from './tags.ts';
export {
  type TranscribeOptions,
  type TranscribeOutputs,
  type TranscribeParams,
  type TranscribeSpec,
  type TranscribeTarget,
  type Transcription,
  transcribable,
  transcribe,
} from './transcribe.ts';
