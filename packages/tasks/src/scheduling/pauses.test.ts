import { equal } from '@polytask/balance';
import { key } from '@polytask/base';
import { openDevice } from '@polytask/engine';
import { type Progress, sgd, type TrainEvent, type TrainState, trainingStep, fit as trains } from '@polytask/train';
import { describe, expect, it } from 'vitest';
import { batchOf, mirror } from '../testing/mirror.fixture.ts';
import { dynamic } from './dynamic.ts';
import { greedy, shortestJobFirst } from './heuristics.ts';
import { runJobs } from './run-jobs.ts';
import type { ScheduleState } from './schedule-state.ts';
import { trainingWork } from './training-work.ts';

const stored = (state: ScheduleState) => JSON.parse(JSON.stringify(state)) as ScheduleState;
const stepsOf = (state: ScheduleState | undefined, job: string) =>
  state?.jobs.find(({ name }) => name === job)?.steps ?? 0;

/** Jobs of 10 ms a step, that go on where they stood. */
function working(sizes: Readonly<Record<string, number>>) {
  let time = 500;
  const taken: string[] = [];
  return {
    taken,
    now: () => time,
    wait: (ms: number) => {
      time += ms;
    },
    jobs: (from?: ScheduleState) =>
      Object.entries(sizes).map(([name, steps]) => ({
        name,
        steps,
        msPerStep: 10,
        work: (async function* () {
          for (let step = stepsOf(from, name); step < steps; step++) {
            time += 10;
            taken.push(`${name} ${step}`);
            yield 1;
          }
        })(),
      })),
  };
}

describe('a schedule that was paused', () => {
  it('goes on when there is more time, which counts from its start', async () => {
    const straight = working({ a: 7, b: 3 });
    const whole = await runJobs({ jobs: straight.jobs(), scheduler: greedy(), now: straight.now, slice: 2 });
    const broken = working({ a: 7, b: 3 });
    const common = { scheduler: greedy(), now: broken.now, slice: 2 };
    const first = await runJobs({ ...common, jobs: broken.jobs(), budgetMs: 45 });
    expect(first.actual.jobs).toMatchObject([
      { name: 'a', steps: 2, finished: false },
      { name: 'b', steps: 3, finished: true },
    ]);
    broken.wait(10_000); // which is nobody's time
    const from = stored(first.state);
    const none = await runJobs({ ...common, jobs: broken.jobs(from), from, budgetMs: 45 });
    expect(none.actual).toEqual(first.actual);
    expect(none.state).toEqual(from);
    const second = await runJobs({ ...common, jobs: broken.jobs(from), from });
    expect(second.actual).toEqual(whole.actual);
    expect(broken.taken).toEqual(straight.taken);
  });

  it('leaves a turn open where it is broken off, and shows it in what happened', async () => {
    const clock = working({ a: 9 });
    const { actual, state } = await runJobs({
      jobs: clock.jobs(),
      scheduler: shortestJobFirst(),
      now: clock.now,
      slice: 4,
      budgetMs: 60,
    });
    expect(state.jobs).toEqual([
      {
        name: 'a',
        steps: 6,
        spentMs: 60,
        gainPerMs: 0.1,
        start: 0,
        end: 40,
        finished: false,
        turn: { worker: 0, start: 40, end: 60, steps: 2, gain: 2, spentMs: 20 },
        work: null,
      },
    ]);
    expect(actual.jobs[0]).toMatchObject({ steps: 6, spentMs: 60, end: 60, share: 1 });
    expect(actual.slices.map(({ start, end, steps }) => [start, end, steps])).toEqual([
      [0, 40, 4],
      [40, 60, 2],
    ]);
  });

  it('is told after each turn, so that a crash loses no more than a turn', async () => {
    const clock = working({ a: 6, b: 4 });
    const states: ScheduleState[] = [];
    const crash = new Error('power');
    const common = { scheduler: dynamic(), now: clock.now, slice: 2 };
    const crashed = runJobs({
      ...common,
      jobs: clock.jobs(),
      onTurn: async (state) => {
        states.push(stored(state));
      },
      onStep: ({ job, step }) => {
        if (job === 'a' && step === 3) throw crash;
      },
    });
    await expect(crashed).rejects.toThrow(crash);
    const from = states.at(-1)!;
    expect(from.jobs.map(({ name, steps, turn }) => [name, steps, turn])).toEqual([
      ['a', 2, null],
      ['b', 2, null],
    ]);
    const again = working({ a: 6, b: 4 });
    const straight = await runJobs({ ...common, jobs: again.jobs(), now: again.now });
    const { actual } = await runJobs({ ...common, jobs: clock.jobs(from), from });
    expect(actual).toEqual(straight.actual);
  });

  it('takes every step once also with several workers', async () => {
    const sizes = { a: 6, b: 5, c: 4 };
    const clock = working(sizes);
    let from: ScheduleState | undefined;
    for (const every of [3, 4, 2, 100]) {
      const pause = new AbortController();
      let count = 0;
      const { state } = await runJobs({
        jobs: clock.jobs(from),
        scheduler: dynamic(),
        now: clock.now,
        workers: 2,
        slice: 3,
        signal: pause.signal,
        onStep: () => ++count === every && pause.abort(),
        ...(from && { from }),
      });
      from = stored(state);
    }
    expect(from!.jobs.every(({ finished, turn }) => finished && turn === null)).toBe(true);
    const all = Object.entries(sizes).flatMap(([name, steps]) =>
      Array.from({ length: steps }, (_, step) => `${name} ${step}`),
    );
    expect([...clock.taken].sort()).toEqual(all.sort());
  });

  it('is refused by other jobs, schedulers and workers', async () => {
    const clock = working({ a: 3, b: 2 });
    const { state } = await runJobs({ jobs: clock.jobs(), scheduler: greedy(), now: clock.now, budgetMs: 15 });
    const going = (changes: object, from: object = {}) =>
      runJobs({
        jobs: clock.jobs(),
        scheduler: greedy(),
        now: clock.now,
        from: { ...state, ...from },
        ...changes,
      });
    await expect(going({ scheduler: dynamic() })).rejects.toThrow('from.scheduler: expected "dynamic"');
    await expect(going({ workers: 2 })).rejects.toThrow('from.workers: expected 2');
    await expect(going({ jobs: clock.jobs().slice(1) })).rejects.toThrow('from.jobs: expected ["b"]');
    await expect(going({}, { elapsedMs: -1 })).rejects.toThrow('from.elapsedMs');
    const [first, ...others] = state.jobs;
    await expect(going({}, { jobs: [{ ...first!, steps: 0.5 }, ...others] })).rejects.toThrow('from.jobs.a.steps');
    const turn = { worker: 3, start: 0, end: 1, steps: 0, gain: 0, spentMs: 1 };
    await expect(going({}, { jobs: [{ ...first!, turn }, ...others] })).rejects.toThrow('from.jobs.a.turn.worker');
  });
});

describe('training in turns', () => {
  it('paused and resumed, takes the same turns to the same losses', async () => {
    const device = await openDevice('onnx', { threads: 1 });
    const model = mirror();
    const rates = { quick: 0.05, slow: 0.001, slower: 0.0005 };
    type Saved = { readonly state: TrainState; readonly progress: Progress };
    const losses: Record<string, (number | null)[]> = { straight: [], paused: [] };
    const steps: AsyncDisposable[] = [];
    /** One stretch, from what was saved of each training and of the schedule. */
    async function stretch(
      kind: 'straight' | 'paused',
      given: { readonly schedule?: ScheduleState; readonly saved?: Record<string, Saved>; readonly budgetMs?: number },
    ) {
      const { schedule, budgetMs } = given;
      let time = 0;
      const saved: Record<string, Saved> = { ...given.saved };
      const jobs = Object.entries(rates).map(([name, learningRate]) => {
        const step = trainingStep({ model, optimizer: sgd(), balancer: equal(), device });
        steps.push(step);
        const before = saved[name];
        const events = trains({
          step,
          state: before?.state ?? step.init(key(1)),
          batches: { batchesPerEpoch: 1, next: () => batchOf('right'), state: () => null, restore: () => {} },
          steps: 8,
          learningRate,
          key: key(2),
          ...(before && { progress: before.progress }),
        }) as AsyncGenerator<TrainEvent>;
        const onEvent = (event: TrainEvent) => {
          if (event.type !== 'step') return;
          time += 10;
          losses[kind]!.push(event.report.losses.left!);
          saved[name] = { state: event.state, progress: event.progress };
        };
        const from = schedule?.jobs.find((job) => job.name === name)?.work as Record<string, number> | null;
        return {
          name,
          steps: 8,
          msPerStep: 10,
          work: trainingWork(events, { onEvent, ...(from && { from }) }),
        };
      });
      const { actual, state } = await runJobs({
        jobs,
        scheduler: dynamic({ fairness: 0.5 }),
        now: () => time,
        slice: 3,
        ...(schedule && { from: schedule }),
        ...(budgetMs !== undefined && { budgetMs }),
      });
      return { actual, saved, schedule: stored(state) };
    }
    const straight = await stretch('straight', {});
    const first = await stretch('paused', { budgetMs: 75 });
    expect(first.actual.jobs.some(({ finished }) => finished)).toBe(false);
    expect(Object.keys(first.schedule.jobs[0]!.work as object)).toEqual(['left', 'also']);
    const second = await stretch('paused', { ...first, budgetMs: 155 });
    const third = await stretch('paused', second);
    expect(third.actual).toEqual(straight.actual);
    expect(third.actual.jobs.every(({ finished, steps: taken }) => finished && taken === 8)).toBe(true);
    expect(losses.paused).toEqual(losses.straight);
    for (const step of steps) await step[Symbol.asyncDispose]();
  });

  it('refuses averages that are no numbers', () => {
    expect(() => trainingWork([] as never, { from: { left: Number.NaN } })).toThrow('trainingWork.from.left');
  });
});
