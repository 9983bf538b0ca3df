import { quote } from '@polytask/base';
import { requireCount, requireNumber } from '../require.ts';
import type { Slice } from './schedule-report.ts';
import type { Job, Scheduler } from './scheduler.ts';

/** A turn of a job that was broken off: it ends when the rest of its steps are taken. */
export type OpenTurn = {
  readonly worker: number;
  /** Milliseconds from the start, of its beginning and of its last step. */
  readonly start: number;
  readonly end: number;
  /** What it has had so far. */
  readonly steps: number;
  readonly gain: number;
  readonly spentMs: number;
};

export type JobState = {
  readonly name: string;
  /** All that it has taken, and the time they took, those of an open turn among them. */
  readonly steps: number;
  readonly spentMs: number;
  /** A moving average over the turns that ended; null before the first. */
  readonly gainPerMs: number | null;
  readonly start: number | null;
  readonly end: number | null;
  readonly finished: boolean;
  readonly turn: OpenTurn | null;
  /** What its work says of itself, such as that of `trainingWork`; null where it says nothing. */
  readonly work: unknown;
};

/**
 * Where a schedule stands: JSON. Schedulers are functions of it, so that stored and read again, with jobs whose work goes on after `steps`, the next
 * decision is the one that would have come.
 */
export type ScheduleState = {
  readonly scheduler: string;
  readonly workers: number;
  /** Milliseconds that the schedule has run, pauses left out. */
  readonly elapsedMs: number;
  /** In the order of the jobs. */
  readonly jobs: readonly JobState[];
  /** Turns that ended. */
  readonly slices: readonly Slice[];
};

/**
 * The state of each of these jobs, in their order.
 *
 * @throws RangeError for a state of other jobs, another scheduler or another number of workers, or numbers out of range.
 */
export function jobStates(
  state: ScheduleState,
  jobs: readonly Job[],
  { scheduler, workers }: { readonly scheduler: Scheduler; readonly workers: number },
): readonly JobState[] {
  if (state.scheduler !== scheduler.name)
    throw new RangeError(
      `from.scheduler: expected ${quote(scheduler.name)}, which is given. Found ${quote(state.scheduler)}.`,
    );
  if (state.workers !== workers)
    throw new RangeError(`from.workers: expected ${workers}, as are given. Found ${quote(state.workers)}.`);
  requireNumber('from.elapsedMs', state.elapsedMs, 0);
  const names = jobs.map(({ name }) => name);
  const found = state.jobs.map(({ name }) => name);
  if (quote([...names].sort(), 10_000) !== quote([...found].sort(), 10_000))
    throw new RangeError(`from.jobs: expected ${quote(names)}, as are given. Found ${quote(found)}.`);
  for (const { name, steps, spentMs, turn } of state.jobs) {
    requireCount(`from.jobs.${name}.steps`, steps, 0);
    requireNumber(`from.jobs.${name}.spentMs`, spentMs, 0);
    if (!turn) continue;
    if (!(Number.isInteger(turn.worker) && turn.worker >= 0 && turn.worker < workers))
      throw new RangeError(
        `from.jobs.${name}.turn.worker: expected one of ${workers}, from 0. Found ${quote(turn.worker)}.`,
      );
    requireCount(`from.jobs.${name}.turn.steps`, turn.steps, 0);
    requireNumber(`from.jobs.${name}.turn.spentMs`, turn.spentMs, 0);
  }
  return names.map((name) => state.jobs.find((one) => one.name === name)!);
}
