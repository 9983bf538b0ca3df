import { quote } from '@polytask/base';
import { requireCount, requireNames, requireNumber } from '../require.ts';
import type { JobReport, ScheduleReport, Slice } from './schedule-report.ts';
import type { Job, JobStatus, Scheduler } from './scheduler.ts';

/** How much the newest turn counts in the gain of a job. */
const newest = 0.3;

/** What is known of the jobs while they run: the one book-keeping of plans and of real work. */
export type Ledger = ReturnType<typeof openLedger>;

export function openLedger(jobs: readonly Job[], scheduler: Scheduler, workers: number) {
  requireNames(
    'jobs',
    jobs.map(({ name }) => name),
  );
  requireCount('workers', workers);
  for (const { name, steps, msPerStep, importance = 1, deadline = 0 } of jobs) {
    requireCount(`jobs.${name}.steps`, steps);
    requireNumber(`jobs.${name}.msPerStep`, msPerStep, Number.MIN_VALUE);
    requireNumber(`jobs.${name}.importance`, importance, Number.MIN_VALUE);
    requireNumber(`jobs.${name}.deadline`, deadline, 0);
  }
  const entries = jobs.map((job) => ({
    job,
    taken: 0,
    spentMs: 0,
    gainPerMs: null as number | null,
    start: null as number | null,
    end: null as number | null,
    arrived: true,
    running: false,
    finished: false,
  }));
  const slices: Slice[] = [];
  const entryOf = (name: string) => entries.find(({ job }) => job.name === name)!;
  const statusOf = ({ job, taken, spentMs, gainPerMs, finished }: (typeof entries)[number]): JobStatus => ({
    name: job.name,
    group: job.group ?? job.name,
    importance: job.importance ?? 1,
    deadline: job.deadline ?? null,
    spentMs,
    remainingMs: finished ? 0 : Math.max(1, job.steps - taken) * (taken > 0 ? spentMs / taken : job.msPerStep),
    gainPerMs,
  });

  return {
    entryOf,
    slices,
    /** The job a free worker takes up; undefined when none waits. @throws TypeError when the scheduler names another one. */
    next(now: number): string | undefined {
      const open = entries.filter(({ arrived }) => arrived);
      const waiting = open.filter(({ running, finished }) => !running && !finished);
      if (waiting.length === 0) return undefined;
      const name = scheduler.choose({ now, waiting: waiting.map(statusOf), all: open.map(statusOf) });
      const chosen = waiting.find(({ job }) => job.name === name);
      if (!chosen)
        throw new TypeError(
          `${scheduler.name}: expected one of the waiting jobs ${quote(waiting.map(({ job }) => job.name))}. Found ${quote(name)}.`,
        );
      chosen.running = true;
      chosen.start ??= now;
      return name;
    },
    /** Writes down a turn of a job. */
    record(slice: Slice, { gain, finished }: { readonly gain: number; readonly finished: boolean }): void {
      const busyMs = slice.end - slice.start;
      const entry = entryOf(slice.job);
      entry.running = false;
      entry.finished = finished;
      entry.taken += slice.steps;
      entry.spentMs += busyMs;
      entry.end = slice.end;
      if (slice.steps > 0) {
        const rate = gain / Math.max(busyMs, 1e-3); // clocks may be coarse
        entry.gainPerMs = entry.gainPerMs === null ? rate : newest * rate + (1 - newest) * entry.gainPerMs;
      }
      slices.push(slice);
    },
    report(): ScheduleReport {
      const all = entries.reduce((sum, { spentMs }) => sum + spentMs, 0);
      const makespanMs = Math.max(0, ...slices.map(({ end }) => end));
      return {
        scheduler: scheduler.name,
        workers,
        makespanMs,
        utilisation: makespanMs > 0 ? all / (workers * makespanMs) : 0,
        jobs: entries.map(
          ({ job, start, end, finished, taken, spentMs }): JobReport => ({
            name: job.name,
            start,
            end,
            finished,
            steps: taken,
            spentMs,
            share: all > 0 ? spentMs / all : 0,
            deadline: job.deadline ?? null,
            deadlineMet: job.deadline === undefined ? null : finished && end! <= job.deadline,
          }),
        ),
        slices,
      };
    },
  };
}
