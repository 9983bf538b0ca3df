import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dynamic } from './dynamic.ts';
import { earliestDeadlineFirst, greedy, longestJobFirst, shortestJobFirst } from './heuristics.ts';
import { layered } from './layered.ts';
import type { Job, Scheduler } from './scheduler.ts';
import { type SimulatedJob, simulate } from './simulate.ts';

const job = (name: string, steps: number, more: Partial<SimulatedJob> = {}): SimulatedJob => ({
  name,
  steps,
  msPerStep: 1,
  ...more,
});
const orderOf = (scheduler: Scheduler, jobs: readonly SimulatedJob[], slice?: number) =>
  simulate({ jobs, scheduler, ...(slice !== undefined && { slice }) }).slices.map((one) => one.job);

const permutations = <Value>(list: readonly Value[]): Value[][] =>
  list.length === 0
    ? [[]]
    : list.flatMap((one, at) => permutations(list.filter((_, other) => other !== at)).map((rest) => [one, ...rest]));

/** When each job ends when they run through in this order on one worker. */
const ends = (jobs: readonly Job[]) => {
  let now = 0;
  return jobs.map(({ steps, msPerStep }) => {
    now += steps * msPerStep;
    return now;
  });
};

const arbitraryJobs = fc
  .array(
    fc.record({
      steps: fc.integer({ min: 1, max: 9 }),
      importance: fc.integer({ min: 1, max: 5 }),
      deadline: fc.integer({ min: 1, max: 25 }),
    }),
    {
      minLength: 1,
      maxLength: 5,
    },
  )
  .map((list) => list.map((one, at) => job(`job${at}`, one.steps, one)));

describe('schedulers', () => {
  const jobs = [
    job('long', 9, { importance: 9, deadline: 20 }),
    job('short', 2, { deadline: 30 }),
    job('urgent', 5, { deadline: 5 }),
    job('free', 1, { importance: 0.5 }),
  ];

  it('take jobs in their orders', () => {
    expect(orderOf(shortestJobFirst(), jobs)).toEqual(['free', 'short', 'urgent', 'long']);
    expect(orderOf(longestJobFirst(), jobs)).toEqual(['long', 'urgent', 'short', 'free']);
    expect(orderOf(earliestDeadlineFirst(), jobs)).toEqual(['urgent', 'long', 'short', 'free']);
    expect(orderOf(greedy(), jobs)).toEqual(['long', 'free', 'short', 'urgent']); // 9/9, 0.5/1, 1/2, 1/5
  });

  it('plan several workers: an example by hand', () => {
    const plan = simulate({ jobs, scheduler: longestJobFirst(), workers: 2 });
    expect(plan.slices).toEqual([
      { job: 'urgent', worker: 1, start: 0, end: 5, steps: 5 },
      { job: 'short', worker: 1, start: 5, end: 7, steps: 2 },
      { job: 'free', worker: 1, start: 7, end: 8, steps: 1 },
      { job: 'long', worker: 0, start: 0, end: 9, steps: 9 },
    ]);
    expect(plan).toMatchObject({ makespanMs: 9, utilisation: 17 / 18, workers: 2 });
    expect(plan.jobs[0]).toEqual({
      name: 'long',
      start: 0,
      end: 9,
      finished: true,
      steps: 9,
      spentMs: 9,
      share: 9 / 17,
      deadline: 20,
      deadlineMet: true,
    });
    expect(plan.jobs.map(({ deadlineMet }) => deadlineMet)).toEqual([true, true, true, null]);
  });

  it('give way to what arrives, at the end of a turn', () => {
    const late = [job('long', 6), job('short', 1, { arrival: 2 })];
    expect(simulate({ jobs: late, scheduler: shortestJobFirst(), slice: 3 }).slices).toEqual([
      { job: 'long', worker: 0, start: 0, end: 3, steps: 3 },
      { job: 'short', worker: 0, start: 3, end: 4, steps: 1 },
      { job: 'long', worker: 0, start: 4, end: 7, steps: 3 },
    ]);
  });

  it('learn how long steps really take', () => {
    // expected 4 × 1 and 5 × 1, but a step of the first takes 10
    const slow = [job('slow', 4, { actualMsPerStep: 10 }), job('fair', 5)];
    expect(orderOf(shortestJobFirst(), slow, 1)).toEqual([
      'slow',
      'fair',
      'fair',
      'fair',
      'fair',
      'fair',
      'slow',
      'slow',
      'slow',
    ]);
  });

  it('stop at the budget, and say which deadlines that costs', () => {
    const plan = simulate({ jobs, scheduler: shortestJobFirst(), budgetMs: 5 });
    expect(
      plan.jobs.map(({ name, steps, finished, end, deadlineMet }) => [name, steps, finished, end, deadlineMet]),
    ).toEqual([
      ['long', 0, false, null, false],
      ['short', 2, true, 3, true],
      ['urgent', 2, false, 5, false],
      ['free', 1, true, 1, null],
    ]);
  });

  it('refuse jobs that are none, and schedulers that name jobs that do not wait', () => {
    const of = (list: SimulatedJob[]) => () => simulate({ jobs: list, scheduler: greedy() });
    expect(of([job('a', 0)])).toThrow('jobs.a.steps');
    expect(of([job('a', 1), job('a', 1)])).toThrow('Found "a" twice');
    expect(of([job('a', 1, { msPerStep: 0 })])).toThrow('jobs.a.msPerStep');
    expect(of([])).toThrow('at least one');
    const stubborn: Scheduler = { name: 'stubborn', choose: () => 'a' };
    expect(() => simulate({ jobs: [job('a', 1), job('b', 1)], scheduler: stubborn })).toThrow(
      new TypeError('stubborn: expected one of the waiting jobs ["b"]. Found "a".'),
    );
  });
});

describe('what is proven of one worker', () => {
  it('no order has a smaller mean completion time than shortest job first', () => {
    fc.assert(
      fc.property(arbitraryJobs, (jobs) => {
        const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
        const found = sum(simulate({ jobs, scheduler: shortestJobFirst() }).jobs.map(({ end }) => end!));
        expect(found).toBe(Math.min(...permutations(jobs).map((order) => sum(ends(order)))));
      }),
      { numRuns: 50 },
    );
  });

  it('no order has a smaller one weighted by importance than greedy', () => {
    const weighted = (jobs: readonly SimulatedJob[], at: readonly number[]) =>
      jobs.reduce((sum, { importance = 1 }, index) => sum + importance * at[index]!, 0);
    fc.assert(
      fc.property(arbitraryJobs, (jobs) => {
        const found = weighted(
          jobs,
          simulate({ jobs, scheduler: greedy() }).jobs.map(({ end }) => end!),
        );
        expect(found).toBe(Math.min(...permutations(jobs).map((order) => weighted(order, ends(order)))));
      }),
      { numRuns: 50 },
    );
  });

  it('earliest deadline first keeps all deadlines where any order does', () => {
    fc.assert(
      fc.property(arbitraryJobs, fc.constantFrom(1, 2, 100), (jobs, slice) => {
        const possible = permutations(jobs).some((order) =>
          ends(order).every((end, at) => end <= order[at]!.deadline!),
        );
        const { jobs: found } = simulate({ jobs, scheduler: earliestDeadlineFirst(), slice });
        expect(found.every(({ deadlineMet }) => deadlineMet)).toBe(possible);
      }),
      { numRuns: 50 },
    );
  });

  it('longest job first ends within 4/3 − 1/(3m) of the best plan', () => {
    const best = (jobs: readonly Job[], workers: number): number => {
      let least = Number.POSITIVE_INFINITY;
      const place = (at: number, loads: number[]) => {
        if (at === jobs.length) {
          least = Math.min(least, Math.max(...loads));
          return;
        }
        for (const worker of loads.keys())
          place(
            at + 1,
            loads.map((load, other) => (other === worker ? load + jobs[at]!.steps : load)),
          );
      };
      place(0, new Array<number>(workers).fill(0));
      return least;
    };
    fc.assert(
      fc.property(arbitraryJobs, fc.integer({ min: 1, max: 3 }), (jobs, workers) => {
        const { makespanMs } = simulate({ jobs, scheduler: longestJobFirst(), workers });
        expect(makespanMs).toBeLessThanOrEqual((4 / 3 - 1 / (3 * workers)) * best(jobs, workers) + 1e-9);
      }),
      { numRuns: 50 },
    );
  });
});

describe('dynamic', () => {
  it('tries every job, then stays where it gains most', () => {
    const jobs = [job('dull', 9, { gain: () => 0.1 }), job('rich', 9, { gain: () => 1 })];
    expect(orderOf(dynamic({ fairness: 0 }), jobs, 3)).toEqual(['dull', 'rich', 'rich', 'rich', 'dull', 'dull']);
  });

  it('turns away from what stops gaining', () => {
    const jobs = [job('quick', 20, { gain: (step) => (step < 2 ? 5 : 0) }), job('slow', 20, { gain: () => 0.5 })];
    const order = orderOf(dynamic({ fairness: 0 }), jobs, 1);
    // ⅓ of a gain of 5 per turn is left after each: it takes a while until 0.5 is more
    expect(order.slice(0, 4)).toEqual(['quick', 'slow', 'quick', 'quick']);
    expect(order.slice(12, 20)).toEqual(Array(8).fill('slow'));
  });

  it('with much fairness gives shares by importance', () => {
    const jobs = [job('a', 100, { gain: () => 9, importance: 3 }), job('b', 100, { gain: () => 1 })];
    const { jobs: found } = simulate({ jobs, scheduler: dynamic({ fairness: 1000 }), slice: 1, budgetMs: 40 });
    expect(found.map(({ spentMs }) => spentMs)).toEqual([30, 10]);
  });

  it('refuses fairness below 0', () => {
    expect(() => dynamic({ fairness: -1 })).toThrow('dynamic.fairness');
  });
});

describe('layered', () => {
  it('chooses a group, then a job inside it', () => {
    const jobs = [
      job('a1', 5, { group: 'a' }),
      job('a2', 1, { group: 'a' }),
      job('b1', 4, { group: 'b' }),
      job('b2', 9, { group: 'b' }),
    ];
    // group a needs 6, group b 13
    expect(orderOf(layered({ groups: shortestJobFirst(), jobs: longestJobFirst() }), jobs)).toEqual([
      'a1',
      'a2',
      'b2',
      'b1',
    ]);
    expect(orderOf(layered({ groups: longestJobFirst(), jobs: shortestJobFirst() }), jobs)).toEqual([
      'b1',
      'b2',
      'a2',
      'a1',
    ]);
  });
});
