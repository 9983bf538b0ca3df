export { type AffinityRunOptions, affinityRun, type RunAffinity } from './affinity-run.ts';
export { checkRun, type RunCheck, type TaskCheck } from './check-run.ts';
export { type CompareRunOptions, compareRun, type RunComparison } from './compare-run.ts';
export type { MethodResult } from './comparison/method-results.ts';
export type { CleaningConfig } from './config/cleaning-schema.ts';
export { type DefineRunOptions, defineRun } from './config/define-run.ts';
export { type MetricName, metrics as metricNames } from './config/names.ts';
export type { PretrainConfig } from './config/pretrain-schema.ts';
export { type ReadRunFileOptions, readRunFile } from './config/read-run-file.ts';
export { readSource } from './config/read-source.ts';
export { readCleaningSteps } from './config/read-steps.ts';
export type {
  NamedAugmentation,
  NamedBalancer,
  NamedEncoder,
  NamedHead,
  Run,
  RunDefinition,
  RunObjects,
  TagPrediction,
  TaskPrediction,
} from './config/run.ts';
export { type RunConfig, type RunFile, runSchema } from './config/schema.ts';
export type { SourceConfig } from './config/source-schema.ts';
export { type OpenedFile, openFile } from './data/open-file.ts';
export type { ExplainedInput, ExplainedTask, Explanation } from './explain/explanation.ts';
export type { Spikes } from './explain/spikes.ts';
export { exportEncoder } from './export-encoder.ts';
export { exportRun, type RunExport } from './export-run.ts';
export { type FindRunOptions, findRun } from './find-run.ts';
export { makeFolder } from './folder/make-folder.ts';
export {
  type OpenRun,
  type OpenRunOptions,
  openRun,
  type PredictedInput,
  type RunEvaluation,
} from './open-run.ts';
export type { Prediction, Unpredictable } from './predict.ts';
export { type PretrainEvent, type Pretraining, type PretrainRunOptions, pretrainRun } from './pretrain-run.ts';
export { type PreviewedExample, previewRun, type RunPreview } from './preview-run.ts';
export { type ProfileRunOptions, profileRun, type RunProfile } from './profile-run.ts';
export type { MajorityScores, RunEvent, RunSummary, Scores, TaskScores } from './results.ts';
export { type ResumeRunOptions, resumeRun } from './resume-run.ts';
export {
  type FileTableOptions,
  openFileTable,
  openRunTable,
  type RunTable,
  type RunTableOptions,
} from './run-table.ts';
export {
  type CompareSingleTaskOptions,
  compareSingleTask,
  type SingleTaskComparison,
} from './single-task.ts';
export type { Cost } from './train-once.ts';
export { type TrainRunOptions, trainRun } from './train-run.ts';
