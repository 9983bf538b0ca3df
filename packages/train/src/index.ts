export type { Aggregation, Aggregator, TaskGradients } from './aggregators/aggregator.ts';
export { type DbMtlOptions, dbMtl } from './aggregators/db-mtl.ts';
export { excessMtl } from './aggregators/excess-mtl.ts';
export { gradDrop } from './aggregators/grad-drop.ts';
export { type MConfigOptions, mConfig } from './aggregators/m-config.ts';
export { type MocoOptions, moco } from './aggregators/moco.ts';
export { trimmedMean } from './aggregators/trimmed-mean.ts';
export { weightedTasks } from './aggregators/weighted-tasks.ts';
export type { Batch, BatchSource, HostTree } from './batch.ts';
export { type Checkpoint, keepNewest, latestCheckpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
export { type EarlyStopping, earlyStopping, type StoppingState } from './early-stopping.ts';
export {
  type Evaluation,
  evaluate,
  type Inference,
  type InferenceOptions,
  inference,
  type Judge,
  type LabelledBatch,
  type TaskResult,
} from './evaluate.ts';
export type { Exchange, GradientsByPath } from './exchange.ts';
export { type FitOptions, fit, type Progress, type TrainEvent } from './fit.ts';
export type { GramianReport } from './gramian-report.ts';
export type { AnyModel } from './measure.ts';
export { applyUpdates } from './optimizers/apply.ts';
export { chain } from './optimizers/chain.ts';
export { clipByGlobalNorm, clipByValue, globalNorm } from './optimizers/clip.ts';
export { lazy } from './optimizers/lazy.ts';
export { adam, adamw, sgd } from './optimizers/presets.ts';
export { addDecayedWeights, scaleByAdam, scaleByLearningRate, trace } from './optimizers/scale.ts';
export { scaleByPath } from './optimizers/scale-by-path.ts';
export {
  type ByPath,
  type Slots,
  stateless,
  type Transformation,
  type UpdateInfo,
} from './optimizers/transformation.ts';
export { unfreeze } from './optimizers/unfreeze.ts';

export { constant, cosine, linear, type Schedule, warmup } from './schedule.ts';
export { type StepOptions, type TrainingStep, type TrainState, trainingStep } from './step.ts';
export type { StepReport } from './step-report.ts';
export type { GradientScope } from './task-gradients.ts';
