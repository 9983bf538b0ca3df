import { quote } from '@polytask/base';
import { requireCount, requireNames, requireNumber } from '../require.ts';
import type { JobReport, ScheduleReport, Slice } from './schedule-report.ts';
import { type JobState, jobStates, type OpenTurn, type ScheduleState } from './schedule-state.ts';
import type { Job, JobStatus, Scheduler } from './scheduler.ts';

/** How much the newest turn counts in the gain of a job. */
const newest = 0.3;

/** What is known of the jobs while they run: the one book-keeping of plans and of real work. */
export type Ledger = ReturnType<typeof openLedger>;

/** @param from where an earlier one stood. */
export function openLedger(jobs: readonly Job[], scheduler: Scheduler, workers: number, from?: ScheduleState) {
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
  const states = from && jobStates(from, jobs, { scheduler, workers });
  const entries = jobs.map((job, at) => {
    const given: Partial<JobState> = states?.[at] ?? {};
    const { steps = 0, spentMs = 0, gainPerMs = null, start = null, end = null, finished = false } = given;
    const { turn = null, work = null } = given;
    return {
      job,
      taken: steps - (turn?.steps ?? 0),
      spentMs: spentMs - (turn?.spentMs ?? 0),
      gainPerMs,
      start,
      end,
      arrived: true,
      running: false,
      finished,
      turn,
      work,
    };
  });
  const slices: Slice[] = [...(from?.slices ?? [])];
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
    /** Writes down how far a turn is that has not ended, and what its work says of itself. */
    note(job: string, turn: OpenTurn, work: unknown): void {
      Object.assign(entryOf(job), { turn, work });
    },
    /** Leaves a turn as it was noted, for another ledger to go on with. */
    pause(job: string): void {
      entryOf(job).running = false;
    },
    /** Goes on with the turns that an earlier ledger left. */
    resume(): { readonly job: string; readonly turn: OpenTurn }[] {
      return entries.flatMap((entry) => {
        if (!entry.turn) return [];
        entry.running = true;
        return [{ job: entry.job.name, turn: entry.turn }];
      });
    },
    /** Writes down a turn of a job. */
    record(
      slice: Slice,
      {
        gain,
        finished,
        spentMs: busyMs = slice.end - slice.start,
      }: { readonly gain: number; readonly finished: boolean; readonly spentMs?: number },
    ): void {
      const entry = entryOf(slice.job);
      entry.running = false;
      entry.turn = null;
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
    /** Where it stands, with what its work said last. */
    state(elapsedMs: number): ScheduleState {
      return {
        scheduler: scheduler.name,
        workers,
        elapsedMs,
        jobs: entries.map(({ job, taken, spentMs, gainPerMs, start, end, finished, turn, work }) => ({
          name: job.name,
          steps: taken + (turn?.steps ?? 0),
          spentMs: spentMs + (turn?.spentMs ?? 0),
          gainPerMs,
          start,
          end,
          finished,
          turn,
          work,
        })),
        slices: [...slices],
      };
    },
    /** With what turns had that were left open. */
    report(): ScheduleReport {
      const open = entries.flatMap(({ job, turn }): Slice[] => {
        if (!turn) return [];
        const { worker, start, end, steps } = turn;
        return [{ job: job.name, worker, start, end, steps }];
      });
      const every = [...slices, ...open];
      const all = entries.reduce((sum, { spentMs, turn }) => sum + spentMs + (turn?.spentMs ?? 0), 0);
      const makespanMs = Math.max(0, ...every.map(({ end }) => end));
      return {
        scheduler: scheduler.name,
        workers,
        makespanMs,
        utilisation: makespanMs > 0 ? all / (workers * makespanMs) : 0,
        jobs: entries.map(({ job, start, end, finished, taken, spentMs: ended, turn }): JobReport => {
          const spentMs = ended + (turn?.spentMs ?? 0);
          return {
            name: job.name,
            start,
            end: turn?.end ?? end,
            finished,
            steps: taken + (turn?.steps ?? 0),
            spentMs,
            share: all > 0 ? spentMs / all : 0,
            deadline: job.deadline ?? null,
            deadlineMet: job.deadline === undefined ? null : finished && end! <= job.deadline,
          };
        }),
        slices: every,
      };
    },
  };
}
