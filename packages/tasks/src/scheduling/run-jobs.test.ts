import { equal } from '@polytask/balance';
import { key } from '@polytask/base';
import { openDevice } from '@polytask/engine';
import { sgd, type TrainEvent, trainingStep, fit as trains } from '@polytask/train';
import { describe, expect, it } from 'vitest';
import { batchOf, mirror } from '../testing/mirror.fixture.ts';
import { dynamic } from './dynamic.ts';
import { earliestDeadlineFirst, shortestJobFirst } from './heuristics.ts';
import { runJobs } from './run-jobs.ts';
import { trainingWork } from './training-work.ts';

/** A clock that work moves on. */
function fakeClock() {
  let time = 1_000;
  return {
    now: () => time,
    /** Steps that take so long each. */
    async *work(steps: number, ms: number, closed: string[] = [], name = ''): AsyncGenerator<number, void, void> {
      try {
        for (let step = 0; step < steps; step++) {
          time += ms;
          yield 1 / (1 + step);
        }
      } finally {
        closed.push(name);
      }
    },
  };
}

describe('runJobs', () => {
  it('does what was planned when jobs take what was expected', async () => {
    const clock = fakeClock();
    const { planned, actual } = await runJobs({
      jobs: [
        { name: 'late', steps: 4, msPerStep: 10, deadline: 100, work: clock.work(4, 10) },
        { name: 'soon', steps: 3, msPerStep: 20, deadline: 70, work: clock.work(3, 20) },
      ],
      scheduler: earliestDeadlineFirst(),
      now: clock.now,
      slice: 2,
    });
    expect(actual).toEqual(planned);
    expect(actual.jobs).toMatchObject([
      { name: 'late', start: 60, end: 100, share: 0.4, deadlineMet: true, finished: true },
      { name: 'soon', start: 0, end: 60, share: 0.6, deadlineMet: true, finished: true },
    ]);
  });

  it('shows where what happened is not what was planned', async () => {
    const clock = fakeClock();
    const { planned, actual } = await runJobs({
      jobs: [
        { name: 'a', steps: 3, msPerStep: 10, deadline: 30, work: clock.work(5, 20) },
        { name: 'b', steps: 4, msPerStep: 10, deadline: 80, work: clock.work(1, 10) },
      ],
      scheduler: earliestDeadlineFirst(),
      now: clock.now,
    });
    const rows = (report: typeof actual) =>
      report.jobs.map(({ start, end, steps, deadlineMet }) => [start, end, steps, deadlineMet]);
    expect(rows(planned)).toEqual([
      [0, 30, 3, true],
      [30, 70, 4, true],
    ]);
    expect(rows(actual)).toEqual([
      [0, 100, 5, false],
      [100, 110, 1, false],
    ]);
  });

  it('keeps a budget, and closes the work that it leaves', async () => {
    const clock = fakeClock();
    const closed: string[] = [];
    const seen: string[] = [];
    const { actual } = await runJobs({
      jobs: [
        { name: 'short', steps: 2, msPerStep: 10, work: clock.work(2, 10, closed, 'short') },
        { name: 'long', steps: 50, msPerStep: 10, work: clock.work(50, 10, closed, 'long') },
        { name: 'longer', steps: 60, msPerStep: 10, work: clock.work(60, 10, closed, 'longer') },
      ],
      scheduler: shortestJobFirst(),
      now: clock.now,
      slice: 5,
      budgetMs: 45,
      onStep: ({ job, step }) => seen.push(`${job} ${step}`),
    });
    expect(seen).toEqual(['short 1', 'short 2', 'long 1', 'long 2', 'long 3']);
    expect(actual.jobs.map(({ finished, start }) => [finished, start])).toEqual([
      [true, 0],
      [false, 20],
      [false, null],
    ]);
    expect(closed).toEqual(['short', 'long']); // a generator that never began has nothing to close
  });

  it('stops when the signal says so', async () => {
    const clock = fakeClock();
    const controller = new AbortController();
    const { actual } = await runJobs({
      jobs: [{ name: 'a', steps: 9, msPerStep: 1, work: clock.work(9, 1) }],
      scheduler: shortestJobFirst(),
      now: clock.now,
      signal: controller.signal,
      onStep: ({ step }) => step === 3 && controller.abort(),
    });
    expect(actual.jobs[0]).toMatchObject({ steps: 3, finished: false });
  });

  it('lets several workers work at once, each at one job', async () => {
    // two steps that end only when both have begun
    let begun = 0;
    let release = () => {};
    const both = new Promise<void>((resolve) => {
      release = resolve;
    });
    async function* meeting() {
      begun++;
      if (begun === 2) release();
      await both;
      yield 0;
    }
    let time = 0;
    const { actual } = await runJobs({
      jobs: [
        { name: 'a', steps: 1, msPerStep: 1, work: meeting() },
        { name: 'b', steps: 1, msPerStep: 1, work: meeting() },
      ],
      scheduler: shortestJobFirst(),
      now: () => time++,
      workers: 2,
    });
    expect(actual.slices.map(({ job, worker }) => [job, worker]).sort()).toEqual([
      ['a', 0],
      ['b', 1],
    ]);
    expect(actual.jobs.every(({ finished }) => finished)).toBe(true);
  });

  it('closes all work when one throws, and throws that', async () => {
    const clock = fakeClock();
    const closed: string[] = [];
    async function* broken(): AsyncGenerator<number, void, void> {
      yield 0;
      throw new Error('no more');
    }
    const done = runJobs({
      jobs: [
        { name: 'broken', steps: 2, msPerStep: 1, work: broken() },
        { name: 'fine', steps: 9, msPerStep: 1, work: clock.work(9, 1, closed, 'fine') },
      ],
      scheduler: dynamic({ fairness: 1000 }),
      now: clock.now,
    });
    await expect(done).rejects.toThrow('no more');
    expect(closed).toEqual(['fine']);
  });

  it('trains models in turns under a budget, each as if it were alone', async () => {
    const device = await openDevice('onnx', { threads: 1 });
    const model = mirror();
    const training = async (steps: number, learningRate: number) => {
      const step = trainingStep({ model, optimizer: sgd(), balancer: equal(), device });
      const batches = { batchesPerEpoch: 1, next: () => batchOf('right'), state: () => null, restore: () => {} };
      const events = trains({
        step,
        state: step.init(key(1)),
        batches,
        steps,
        learningRate,
        key: key(2),
      }) as AsyncGenerator<TrainEvent>;
      return { step, events };
    };
    const lossesOf = (events: readonly TrainEvent[]) =>
      events.flatMap((event) => (event.type === 'step' ? [event.report.losses.left!] : []));
    const alone: TrainEvent[] = [];
    const first = await training(6, 0.05);
    for await (const event of first.events) alone.push(event);

    let time = 0;
    const [quick, slow] = [await training(6, 0.05), await training(40, 0.001)];
    const seen: TrainEvent[] = [];
    const gains: number[] = [];
    const { actual } = await runJobs({
      jobs: [
        {
          name: 'quick',
          steps: 6,
          msPerStep: 1,
          work: trainingWork(quick.events, { onEvent: (event) => seen.push(event) }),
        },
        { name: 'slow', steps: 40, msPerStep: 1, work: trainingWork(slow.events) },
      ],
      scheduler: dynamic({ fairness: 0 }),
      now: () => time++,
      slice: 2,
      budgetMs: 60,
      onStep: ({ job, gain }) => job === 'quick' && gains.push(gain),
    });
    expect(lossesOf(seen)).toEqual(lossesOf(alone));
    expect(seen.at(-1)).toMatchObject({ type: 'end', reason: 'finished' });
    const [quickly, slowly] = actual.jobs;
    expect(quickly).toMatchObject({ finished: true, steps: 6 });
    expect(slowly!.finished).toBe(false);
    // tried once, left for the one that gains more, taken up again when that one was done
    expect(actual.slices.map(({ job }) => job).slice(0, 5)).toEqual(['quick', 'slow', 'quick', 'quick', 'slow']);
    expect(slowly!.steps).toBeGreaterThan(2);
    expect(gains[0]).toBe(0);
    // two tasks move w and b by 0.2 each: the second loss is (1 − 0.4)², the first was 1
    expect(gains[1]).toBeCloseTo(0.64, 5);
    for (const { step } of [first, quick, slow]) await step[Symbol.asyncDispose]();
  });
});
