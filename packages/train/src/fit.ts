import { fold, type Key, PolytaskError } from '@polytask/base';
import type { BatchSource } from './batch.ts';
import { type EarlyStopping, earlyStopping, type StoppingState } from './early-stopping.ts';
import type { Evaluation } from './evaluate.ts';
import { groupsAhead } from './groups-ahead.ts';
import { constant, type Schedule } from './schedule.ts';
import type { TrainingStep, TrainState } from './step.ts';
import type { StepReport } from './step-report.ts';

/** Where training stands besides its state: JSON, for checkpoints. */
export type Progress = { readonly stopping: StoppingState; readonly sampler: unknown };

export type TrainEvent<Task extends string = string> =
  | {
      readonly type: 'step';
      readonly report: StepReport<Task>;
      readonly state: TrainState;
      readonly progress: Progress;
      /** How long the step waited for its batches, which are made while the step before is computed. */
      readonly waitedMs: number;
    }
  | {
      readonly type: 'evaluation';
      readonly step: number;
      readonly epoch: number;
      readonly result: Evaluation<Task>;
      readonly score: number;
      /** Whether the score is the best so far. */
      readonly improved: boolean;
      readonly state: TrainState;
      readonly progress: Progress;
    }
  | {
      readonly type: 'end';
      readonly reason: 'finished' | 'stopped early' | 'interrupted';
      readonly state: TrainState;
      readonly progress: Progress;
    };

export type FitOptions<Task extends string = string> = {
  readonly step: TrainingStep<Task>;
  readonly state: TrainState;
  readonly batches: BatchSource<Task>;
  /** Steps to take in all, counted from the first one of the run, also after a resume. */
  readonly steps: number;
  readonly learningRate: number;
  readonly schedule?: Schedule;
  /** Micro-batches per step; a step never spans two epochs. Default 1. */
  readonly accumulate?: number;
  readonly key: Key;
  /** Evaluates after every `every` steps, or at the end of every epoch. Higher scores are better. */
  readonly evaluation?: {
    readonly every: number | 'epoch';
    run(
      state: TrainState,
      epoch: number,
    ): Promise<{
      result: Evaluation<Task>;
      score: number;
      /** The balancer's state once it knows of the result, where it wants to. */
      balancer?: unknown;
    }>;
  };
  readonly stopping?: EarlyStopping;
  /** Of the checkpoint to go on from. */
  readonly progress?: Progress;
  readonly signal?: AbortSignal;
};

/**
 * Trains, and yields what happens: every step, every evaluation, the end. `break` ends it.
 *
 * While the caller handles an event nothing is trained (the next batches may be made), so the state and progress of an event are a
 * consistent checkpoint. Given the same options, the events after a resume are those that would have come without the interruption.
 *
 * @throws PolytaskError E4001 when a loss is not finite.
 */
export function fit<Task extends string>({
  state,
  ...options
}: FitOptions<Task>): AsyncGenerator<TrainEvent<Task>, void, void> {
  return events([state], options);
}

/**
 * @param first the first state, which is taken out: a generator holds its arguments until it ends, and parameters and optimizer slots that
 * training began with are as large as those of now.
 */
async function* events<Task extends string>(
  first: TrainState[],
  { schedule = constant(), accumulate = 1, stopping = earlyStopping(), ...options }: Omit<FitOptions<Task>, 'state'>,
): AsyncGenerator<TrainEvent<Task>, void, void> {
  const { step, batches, steps, key, evaluation, signal } = options;
  let state = first.pop()!;
  let stopped = options.progress?.stopping ?? stopping.init();
  if (options.progress) batches.restore(options.progress.sampler);
  using groups = groupsAhead(batches, accumulate);
  const progress = (): Progress => ({ stopping: stopped, sampler: groups.position() });

  while (state.step < steps) {
    if (signal?.aborted) {
      yield { type: 'end', reason: 'interrupted', state, progress: progress() };
      return;
    }
    const asked = performance.now();
    const group = await groups.next();
    const waitedMs = performance.now() - asked;
    const now = { learningRate: options.learningRate * schedule(state.step), key: fold(key, state.step) };
    const running = step.run(state, group, now);
    if (state.step + 1 < steps) groups.prepare();
    const done = await running;
    state = done.state;
    refuseDivergence(done.report);
    batches.observe?.(done.report);
    if (group.at(-1)!.last) await groups.endEpoch({ params: state.params, epoch: done.report.epoch });
    yield { type: 'step', report: done.report, state, progress: progress(), waitedMs };

    const isDue =
      evaluation?.every === 'epoch'
        ? group.at(-1)!.last
        : evaluation !== undefined && state.step % evaluation.every === 0;
    if (evaluation && (isDue || state.step === steps)) {
      const { result, score, ...told } = await evaluation.run(state, done.report.epoch);
      state = { ...state, ...told };
      const judged = stopping.observe(score, state.step, stopped);
      stopped = judged.state;
      yield {
        type: 'evaluation',
        step: state.step,
        epoch: done.report.epoch,
        result,
        score,
        improved: judged.improved,
        state,
        progress: progress(),
      };
      if (judged.stop) {
        yield { type: 'end', reason: 'stopped early', state, progress: progress() };
        return;
      }
    }
  }
  yield { type: 'end', reason: 'finished', state, progress: progress() };
}

function refuseDivergence({ losses, step }: StepReport): void {
  const broken = Object.entries(losses).filter(([, loss]) => loss !== null && !Number.isFinite(loss));
  if (broken.length === 0) return;
  throw new PolytaskError(
    'diverged',
    broken.map(([task, loss]) => ({
      code: 'E4001',
      path: `tasks.${task}`,
      message: `The loss is ${loss} at step ${step}.`,
      fix: 'Lower the learning rate, clip the gradients (train.clip), or look for extreme values in the data. `polytask train --trace-nan` names the layer where it begins.',
    })),
  );
}
