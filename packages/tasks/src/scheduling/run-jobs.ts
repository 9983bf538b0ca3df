import { requireCount, requireNumber } from '../require.ts';
import { openLedger } from './ledger.ts';
import type { ScheduleReport } from './schedule-report.ts';
import type { Job, Scheduler } from './scheduler.ts';
import { simulate } from './simulate.ts';

/** A job with its work. */
export type WorkingJob = Job & {
  /** One item for each step: what the step gained, a number, 0 where nobody knows. The job is done when it ends. */
  readonly work: AsyncIterable<number>;
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
};

/** What was expected, from the jobs' own estimates, and what happened. */
export type JobsReport = { readonly planned: ScheduleReport; readonly actual: ScheduleReport };

/**
 * Works at several jobs under a budget of time, in the turns that a scheduler gives them.
 *
 * When the budget is over, or the signal says so, no further step begins, and the work of unfinished jobs is closed; only a job that has taken
 * the steps that were expected may end still.
 *
 * @throws RangeError for jobs or options out of range. @throws whatever the work of a job throws, after the work of all others was closed.
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
}: RunJobsOptions): Promise<JobsReport> {
  requireCount('slice', slice);
  if (budgetMs !== Number.POSITIVE_INFINITY) requireNumber('budgetMs', budgetMs, 0);
  const planned = simulate({ jobs, scheduler, workers, slice, budgetMs });
  const ledger = openLedger(jobs, scheduler, workers);
  const work = new Map(jobs.map((job) => [job.name, job.work[Symbol.asyncIterator]()]));
  const expected = new Map(jobs.map(({ name, steps }) => [name, steps]));
  const began = now();
  const isOver = () => signal?.aborted === true || now() - began >= budgetMs;

  /** A turn of a job: its steps, and, when it has taken what was expected, a look whether it is done. */
  const turn = async (job: string, worker: number, start: number) => {
    const { taken } = ledger.entryOf(job);
    let [steps, gain, finished] = [0, 0, false];
    const pull = async () => {
      const item = await work.get(job)!.next();
      if (item.done) {
        finished = true;
        return;
      }
      gain += item.value;
      steps++;
      onStep({ job, step: taken + steps, gain: item.value });
    };
    while (!finished && steps < slice && (steps === 0 || !isOver())) await pull();
    if (!finished && taken + steps >= expected.get(job)!) await pull();
    ledger.record({ job, worker, start, end: now() - began, steps }, { gain, finished });
    return worker;
  };

  const running = new Map<number, Promise<number>>();
  try {
    while (true) {
      for (let worker = 0; worker < workers; worker++) {
        if (running.has(worker) || isOver()) continue;
        const at = now() - began;
        const job = ledger.next(at);
        if (job === undefined) break;
        running.set(worker, turn(job, worker, at));
      }
      if (running.size === 0) break;
      running.delete(await Promise.race(running.values()));
    }
  } finally {
    await Promise.allSettled(running.values());
    for (const one of work.values()) await one.return?.();
  }
  return { planned, actual: ledger.report() };
}
