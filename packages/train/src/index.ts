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
export {
  type ByPath,
  type Slots,
  stateless,
  type Transformation,
  type UpdateInfo,
} from './optimizers/transformation.ts';

export { constant, cosine, linear, type Schedule, warmup } from './schedule.ts';
export { type StepOptions, type StepReport, type TrainingStep, type TrainState, trainingStep } from './step.ts';
export type { GradientScope } from './task-gradients.ts';
