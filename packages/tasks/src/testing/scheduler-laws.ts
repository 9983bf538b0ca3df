import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type JobsReport, runJobs } from '../scheduling/run-jobs.ts';
import type { ScheduleState } from '../scheduling/schedule-state.ts';
import type { JobStatus, Scheduler } from '../scheduling/scheduler.ts';
import { type SimulatedJob, simulate } from '../scheduling/simulate.ts';

export type SchedulerLawOptions = { readonly runs?: number; readonly seed?: number };

const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: null });

const arbitraryStatuses: fc.Arbitrary<JobStatus[]> = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'),
    group: fc.constantFrom('x', 'y'),
    importance: fc.integer({ min: 1, max: 3 }),
    deadline: maybe(fc.integer({ min: 0, max: 3 })),
    spentMs: fc.integer({ min: 0, max: 3 }),
    remainingMs: fc.integer({ min: 0, max: 3 }),
    gainPerMs: maybe(fc.integer({ min: -2, max: 2 })),
  }),
  { selector: ({ name }) => name, minLength: 1, maxLength: 6 },
);

const arbitraryJobs: fc.Arbitrary<SimulatedJob[]> = fc
  .array(
    fc.record({
      steps: fc.integer({ min: 1, max: 8 }),
      actualSteps: fc.integer({ min: 1, max: 8 }),
      msPerStep: fc.integer({ min: 1, max: 9 }),
      actualMsPerStep: fc.integer({ min: 1, max: 9 }),
      importance: fc.integer({ min: 1, max: 3 }),
      group: fc.constantFrom('x', 'y'),
      deadline: fc.integer({ min: 0, max: 90 }),
      arrival: fc.integer({ min: 0, max: 20 }),
      gain: fc.integer({ min: -3, max: 3 }),
    }),
    { minLength: 1, maxLength: 6 },
  )
  .map((jobs) => jobs.map(({ gain, ...job }, at) => ({ ...job, name: `job${at}`, gain: (step) => gain / (1 + step) })));

/**
 * Declares the tests that every scheduler has to pass, for random jobs on 1 to 3 workers: call it at the top of a vitest file.
 *
 * It names a waiting job, whatever the order in which jobs are listed, and changes nothing. Under it all work is done, once; no worker has two
 * jobs, no job two workers; no worker is idle while a job waits; without late arrivals the last job ends within Graham's bound,
 * Σ pⱼ / m + (1 − 1/m) max pⱼ; a budget is kept; equal arguments give equal plans; stored as JSON in the middle of real work and read again, by a new
 * scheduler of the same kind, it decides as if nothing had been.
 */
export function describeSchedulerLaws(make: () => Scheduler, { runs = 100, seed = 1 }: SchedulerLawOptions = {}): void {
  const scheduler = make();
  const parameters = { numRuns: runs, seed };
  const arbitraryRun = fc.record({
    jobs: arbitraryJobs,
    workers: fc.integer({ min: 1, max: 3 }),
    slice: fc.constantFrom(1, 2, 3, Number.POSITIVE_INFINITY),
  });
  const workOf = ({ actualSteps = 0, actualMsPerStep = 0 }: SimulatedJob) => actualSteps * actualMsPerStep;

  /** Real work on one worker, from where it stood, under a clock that work alone moves, with a pause after `every` steps. */
  function work(
    jobs: readonly SimulatedJob[],
    { slice, every, from }: { readonly slice: number; readonly every?: number; readonly from?: ScheduleState },
  ): Promise<JobsReport> {
    const pause = new AbortController();
    let [time, taken] = [1_000_000, 0];
    async function* steps({ name, actualSteps, actualMsPerStep, gain }: SimulatedJob) {
      const first = from?.jobs.find((job) => job.name === name)?.steps ?? 0;
      for (let step = first; step < actualSteps!; step++) {
        time += actualMsPerStep!;
        yield gain!(step);
      }
    }
    return runJobs({
      jobs: jobs.map((job) => ({ ...job, work: steps(job) })),
      scheduler: make(),
      now: () => time,
      slice: Number.isFinite(slice) ? slice : 100,
      signal: pause.signal,
      onStep: () => ++taken === every && pause.abort(),
      ...(from && { from }),
    });
  }

  describe(`${scheduler.name} is a scheduler`, () => {
    test('it names a waiting job, whatever the order of the list, and changes nothing', () => {
      fc.assert(
        fc.property(arbitraryStatuses, fc.nat(), fc.nat({ max: 5 }), (all, now, busy) => {
          const waiting = all.slice(Math.min(busy, all.length - 1));
          const copy = JSON.stringify({ waiting, all });
          const chosen = scheduler.choose({ now, waiting, all });
          expect(waiting.map(({ name }) => name)).toContain(chosen);
          expect(JSON.stringify({ waiting, all })).toBe(copy);
          const turned = { now, waiting: [...waiting].reverse(), all: [...all].reverse() };
          expect(make().choose(turned)).toBe(chosen);
        }),
        parameters,
      );
    });

    test('all work is done once, and no worker has two jobs, no job two workers', () => {
      fc.assert(
        fc.property(arbitraryRun, ({ jobs, workers, slice }) => {
          const { slices, jobs: reports } = simulate({ jobs, scheduler, workers, slice });
          for (const { name, finished, steps, spentMs, start, end } of reports) {
            const job = jobs.find((one) => one.name === name)!;
            expect([finished, steps, spentMs]).toEqual([true, job.actualSteps, workOf(job)]);
            expect(start).toBeGreaterThanOrEqual(job.arrival!);
            expect(end! - start!).toBeGreaterThanOrEqual(spentMs);
          }
          for (const one of slices)
            for (const other of slices)
              if (one !== other && (one.job === other.job || one.worker === other.worker))
                expect(one.end <= other.start || other.end <= one.start).toBe(true);
          for (const { steps } of slices) expect(steps).toBeLessThanOrEqual(slice);
        }),
        parameters,
      );
    });

    test('no worker is idle while a job waits', () => {
      fc.assert(
        fc.property(arbitraryRun, ({ jobs, workers, slice }) => {
          const { slices, jobs: reports } = simulate({ jobs, scheduler, workers, slice });
          const times = [
            ...new Set([
              ...slices.flatMap(({ start, end }) => [start, end]),
              ...jobs.map(({ arrival = 0 }) => arrival),
            ]),
          ];
          for (const now of times) {
            const busy = slices.filter(({ start, end }) => start <= now && now < end).length;
            const open = reports.filter(({ end }, at) => jobs[at]!.arrival! <= now && now < end!).length;
            expect(busy).toBe(Math.min(workers, open));
          }
        }),
        parameters,
      );
    });

    test("without late arrivals the last job ends within Graham's bound", () => {
      fc.assert(
        fc.property(arbitraryRun, ({ jobs, workers, slice }) => {
          const {
            makespanMs,
            utilisation,
            jobs: reports,
          } = simulate({
            jobs: jobs.map((job) => ({ ...job, arrival: 0 })),
            scheduler,
            workers,
            slice,
          });
          const sum = jobs.reduce((total, job) => total + workOf(job), 0);
          const longest = Math.max(...jobs.map(workOf));
          expect(makespanMs).toBeLessThanOrEqual(sum / workers + (1 - 1 / workers) * longest + 1e-9);
          expect(makespanMs).toBeGreaterThanOrEqual(Math.max(longest, sum / workers) - 1e-9);
          expect(utilisation).toBeCloseTo(sum / workers / makespanMs, 9);
          expect(reports.reduce((total, { share }) => total + share, 0)).toBeCloseTo(1, 9);
        }),
        parameters,
      );
    });

    test('no step begins after the budget', () => {
      fc.assert(
        fc.property(arbitraryRun, fc.integer({ min: 0, max: 60 }), ({ jobs, workers, slice }, budgetMs) => {
          const { slices } = simulate({ jobs, scheduler, workers, slice, budgetMs });
          for (const { job, end } of slices) {
            const { actualMsPerStep } = jobs.find(({ name }) => name === job)!;
            expect(end - actualMsPerStep!).toBeLessThan(budgetMs);
          }
        }),
        parameters,
      );
    });

    test('after a pause, stored as JSON, it decides as if there had been none', async () => {
      await fc.assert(
        fc.asyncProperty(arbitraryRun, fc.integer({ min: 1, max: 9 }), async ({ jobs, slice }, every) => {
          const straight = await work(jobs, { slice });
          let paused = await work(jobs, { slice, every });
          // a pause after so many steps, again and again
          for (let pauses = 0; paused.actual.jobs.some(({ finished }) => !finished); pauses++) {
            expect(pauses).toBeLessThan(100);
            paused = await work(jobs, { slice, every, from: JSON.parse(JSON.stringify(paused.state)) });
          }
          expect(paused).toStrictEqual(straight);
        }),
        parameters,
      );
    });

    test('equal arguments give equal plans, which are JSON', () => {
      fc.assert(
        fc.property(arbitraryRun, ({ jobs, workers, slice }) => {
          const plan = simulate({ jobs, scheduler: make(), workers, slice });
          expect(simulate({ jobs, scheduler, workers, slice })).toEqual(plan);
          expect(JSON.parse(JSON.stringify(plan))).toStrictEqual(plan);
        }),
        parameters,
      );
    });
  });
}
