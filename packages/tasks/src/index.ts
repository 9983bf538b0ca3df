export { type Affinity, meanAffinity } from './affinity/affinity.ts';
export { gradientCosines } from './affinity/gradient-cosines.ts';
export { type LinearCkaOptions, linearCka } from './affinity/linear-cka.ts';
export { lookAhead } from './affinity/look-ahead.ts';
export { gradientAffinity, lookAheadAffinity, type MeasureOptions } from './affinity/measure-affinity.ts';
export { measuring } from './affinity/measuring.ts';
export { type RepresentationAffinityOptions, representationAffinity } from './affinity/representation-affinity.ts';
export { type Grouping, type GroupTasksOptions, groupTasks } from './grouping/group-tasks.ts';
export { type GroupedOptions, type GroupedParams, grouped } from './grouping/grouped.ts';
export { type ConsistentOptions, type ConsistentPrediction, consistent } from './relations/consistent.ts';
export { type Contradiction, contradictions, type LabelRow } from './relations/contradictions.ts';
export { type Pulled, pulledTogether } from './relations/pulled-together.ts';
export { type ReadsOutputsOptions, type ReadsOutputsParams, readsOutputs } from './relations/reads-outputs.ts';
export { type Parent, type Relations, type RelationsOptions, relations } from './relations/relations.ts';
export { dynamic } from './scheduling/dynamic.ts';
export { earliestDeadlineFirst, greedy, longestJobFirst, shortestJobFirst } from './scheduling/heuristics.ts';
export { type LayeredOptions, layered } from './scheduling/layered.ts';
export { type JobsReport, type RunJobsOptions, runJobs, type WorkingJob } from './scheduling/run-jobs.ts';
export type { JobReport, ScheduleReport, Slice } from './scheduling/schedule-report.ts';
export type { JobState, OpenTurn, ScheduleState } from './scheduling/schedule-state.ts';
export type { Job, JobStatus, Scheduler, Situation } from './scheduling/scheduler.ts';
export { type SimulatedJob, type SimulateOptions, simulate } from './scheduling/simulate.ts';
export { type TrainingWorkOptions, type TrainingWorkState, trainingWork } from './scheduling/training-work.ts';
export { type Exp3State, exp3 } from './selection/exp3.ts';
export { type FixedTasksOptions, type FixedTasksState, fixedTasks } from './selection/fixed-tasks.ts';
export {
  type LearningProgressOptions,
  type LearningProgressState,
  learningProgress,
} from './selection/learning-progress.ts';
export { type MixedPart, type MixedState, mixed } from './selection/mixed.ts';
export { type LossProgressState, onLossProgress } from './selection/on-loss-progress.ts';
export { type PriorityOptions, priority } from './selection/priority.ts';
export { type RescaledOptions, type RescaledState, rescaled } from './selection/rescaled.ts';
export type { Reward, TaskSelector } from './selection/selector.ts';
export { type Ucb1State, ucb1 } from './selection/ucb1.ts';
