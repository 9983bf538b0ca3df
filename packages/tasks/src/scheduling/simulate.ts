import { requireCount, requireNumber } from '../require.ts';
import { openLedger } from './ledger.ts';
import type { ScheduleReport } from './schedule-report.ts';
import type { Job, Scheduler } from './scheduler.ts';

/** A job of a simulation: what it is expected to take, and what it takes. */
export type SimulatedJob = Job & {
  /** What a step really takes. Default: what is expected. */
  readonly actualMsPerStep?: number;
  /** Steps that it really takes. Default: what is expected. */
  readonly actualSteps?: number;
  /** When it can begin, in milliseconds from the start. Default: 0. */
  readonly arrival?: number;
  /** What step n, from 0, gains. Default: 0. */
  readonly gain?: (step: number) => number;
};

export type SimulateOptions = {
  readonly jobs: readonly SimulatedJob[];
  readonly scheduler: Scheduler;
  /** Default: 1. */
  readonly workers?: number;
  /** Steps of a turn, after which the scheduler chooses again. Default: all, jobs run through. */
  readonly slice?: number;
  /** No step begins later than this. Default: none. */
  readonly budgetMs?: number;
};

/**
 * What a scheduler would do: a plan, in no time. A worker is never idle while a job waits.
 *
 * @throws RangeError for jobs or options out of range. @throws TypeError when the scheduler names a job that does not wait.
 */
export function simulate({
  jobs,
  scheduler,
  workers = 1,
  slice = Number.POSITIVE_INFINITY,
  budgetMs = Number.POSITIVE_INFINITY,
}: SimulateOptions): ScheduleReport {
  if (slice !== Number.POSITIVE_INFINITY) requireCount('slice', slice);
  if (budgetMs !== Number.POSITIVE_INFINITY) requireNumber('budgetMs', budgetMs, 0);
  for (const { name, actualMsPerStep = 1, actualSteps = 1, arrival = 0 } of jobs) {
    requireNumber(`jobs.${name}.actualMsPerStep`, actualMsPerStep, Number.MIN_VALUE);
    requireCount(`jobs.${name}.actualSteps`, actualSteps);
    requireNumber(`jobs.${name}.arrival`, arrival, 0);
  }
  const ledger = openLedger(jobs, scheduler, workers);
  const byName = new Map(jobs.map((job) => [job.name, job]));
  type Turn = {
    readonly job: string;
    readonly worker: number;
    readonly start: number;
    readonly end: number;
    readonly steps: number;
  };
  let turns: Turn[] = [];
  const arrive = (now: number) => {
    for (const { name, arrival = 0 } of jobs) ledger.entryOf(name).arrived = arrival <= now;
  };
  const begin = (now: number) => {
    if (now >= budgetMs) return;
    for (let worker = 0; worker < workers; worker++) {
      if (turns.some((turn) => turn.worker === worker)) continue;
      const job = ledger.next(now);
      if (job === undefined) return;
      const { steps, actualSteps = steps, msPerStep, actualMsPerStep = msPerStep } = byName.get(job)!;
      const affordable = Math.max(1, Math.ceil((budgetMs - now) / actualMsPerStep));
      const taken = Math.min(slice, affordable, actualSteps - ledger.entryOf(job).taken);
      turns.push({ job, worker, start: now, end: now + taken * actualMsPerStep, steps: taken });
    }
  };
  const finish = (now: number) => {
    const over = turns.filter(({ end }) => end <= now);
    turns = turns.filter(({ end }) => end > now);
    for (const turn of over) {
      const { steps, actualSteps = steps, gain = () => 0 } = byName.get(turn.job)!;
      const { taken } = ledger.entryOf(turn.job);
      const gained = Array.from({ length: turn.steps }, (_, at) => gain(taken + at)).reduce((sum, one) => sum + one, 0);
      ledger.record(turn, { gain: gained, finished: taken + turn.steps >= actualSteps });
    }
  };

  let now = 0;
  while (now < Number.POSITIVE_INFINITY) {
    finish(now);
    arrive(now);
    begin(now);
    const later = jobs.flatMap(({ arrival = 0 }) => (arrival > now && arrival < budgetMs ? [arrival] : []));
    now = Math.min(Number.POSITIVE_INFINITY, ...turns.map(({ end }) => end), ...later);
  }
  return ledger.report();
}
