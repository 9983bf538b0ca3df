import { requireCount, requireNumber } from '../require.ts';
import { openLedger } from './ledger.ts';
import type { ScheduleReport } from './schedule-report.ts';
import type { OpenTurn, ScheduleState } from './schedule-state.ts';
import type { Job, Scheduler } from './scheduler.ts';
import { simulate } from './simulate.ts';

/** A job with its work. */
export type WorkingJob = Job & {
  /**
   * One item for each step: what the step gained, a number, 0 where nobody knows. The job is done when it ends. Its `state`, where it has one, is
   * JSON and is kept with the state of the schedule.
   */
  readonly work: AsyncIterable<number> & { state?(): unknown };
};

export type RunJobsOptions = {
  readonly jobs: readonly WorkingJob[];
  readonly scheduler: Scheduler;
  /** The clock, in milliseconds: `() => performance.now()`. */
  readonly now: () => number;
  /**
   * Jobs that run at a time. More than one is faster where their work waits for something else than this thread: devices in threads of their
   * own, other processes. Default: 1.
   */
  readonly workers?: number;
  /** Steps of a turn, after which the scheduler chooses again. Default: 1. */
  readonly slice?: number;
  /** No step begins later than this after the start. Default: none. */
  readonly budgetMs?: number;
  readonly signal?: AbortSignal;
  readonly onStep?: (event: { readonly job: string; readonly step: number; readonly gain: number }) => void;
  /**
   * Where an earlier call stood: its times, turns and decisions go on, and a budget counts from its start. The work of each job goes on after the
   * `steps` that its state tells.
   */
  readonly from?: ScheduleState;
  /** Told where the schedule stands after each turn, for those who keep it in case of a crash. Waited for. */
  readonly onTurn?: (state: ScheduleState) => void | Promise<void>;
};

export type JobsReport = {
  /** What was expected from the start, from the jobs' own estimates, and what happened. */
  readonly planned: ScheduleReport;
  readonly actual: ScheduleReport;
  /** Where it stands: what another call goes on `from`, with more time where the budget was over. */
  readonly state: ScheduleState;
};

/**
 * Works at several jobs under a budget of time, in the turns that a scheduler gives them.
 *
 * When the budget is over, or the signal says so, no further step begins, and the work of unfinished jobs is closed; only a job that has taken
 * the steps that were expected may end still. A turn that is broken off so is open in the `state`, and goes on first: on one worker, whose clock stands
 * still meanwhile, decisions are those that would have come without the pause.
 *
 * @throws RangeError for jobs or options out of range, or a state of others. @throws whatever the work of a job throws, after the work of all others was closed.
 */
export async function runJobs({
  jobs,
  scheduler,
  now,
  workers = 1,
  slice = 1,
  budgetMs = Number.POSITIVE_INFINITY,
  signal,
  onStep = () => {},
  from,
  onTurn,
}: RunJobsOptions): Promise<JobsReport> {
  requireCount('slice', slice);
  if (budgetMs !== Number.POSITIVE_INFINITY) requireNumber('budgetMs', budgetMs, 0);
  const planned = simulate({ jobs, scheduler, workers, slice, budgetMs });
  const ledger = openLedger(jobs, scheduler, workers, from);
  const work = new Map(jobs.map((job) => [job.name, job.work[Symbol.asyncIterator]()]));
  const states = new Map(jobs.map((job) => [job.name, job.work.state && (() => job.work.state!())]));
  const expected = new Map(jobs.map(({ name, steps }) => [name, steps]));
  const began = now() - (from?.elapsedMs ?? 0);
  const isOver = () => signal?.aborted === true || now() - began >= budgetMs;

  /** A turn of a job: its steps, and, when it has taken what was expected, a look whether it is done. */
  const turn = async (job: string, opened: OpenTurn) => {
    const { taken } = ledger.entryOf(job);
    const { worker, start } = opened;
    const since = now() - began;
    let { steps, gain } = opened;
    let finished = false;
    const spent = () => opened.spentMs + (now() - began - since);
    const pull = async () => {
      const item = await work.get(job)!.next();
      if (item.done) {
        finished = true;
        return;
      }
      gain += item.value;
      steps++;
      ledger.note(
        job,
        { worker, start, end: now() - began, steps, gain, spentMs: spent() },
        states.get(job)?.() ?? null,
      );
      onStep({ job, step: taken + steps, gain: item.value });
    };
    while (!finished && steps < slice && (steps === opened.steps || !isOver())) await pull();
    const isWhole = steps >= slice;
    if (!finished && taken + steps >= expected.get(job)!) await pull();
    if (!finished && !isWhole) ledger.pause(job);
    else ledger.record({ job, worker, start, end: now() - began, steps }, { gain, finished, spentMs: spent() });
    return worker;
  };

  const running = new Map<number, Promise<number>>();
  if (!isOver()) for (const { job, turn: opened } of ledger.resume()) running.set(opened.worker, turn(job, opened));
  try {
    while (true) {
      for (let worker = 0; worker < workers; worker++) {
        if (running.has(worker) || isOver()) continue;
        const at = now() - began;
        const job = ledger.next(at);
        if (job === undefined) break;
        running.set(worker, turn(job, { worker, start: at, end: at, steps: 0, gain: 0, spentMs: 0 }));
      }
      if (running.size === 0) break;
      running.delete(await Promise.race(running.values()));
      await onTurn?.(ledger.state(now() - began));
    }
  } finally {
    await Promise.allSettled(running.values());
    for (const one of work.values()) await one.return?.();
  }
  return { planned, actual: ledger.report(), state: ledger.state(now() - began) };
}
