import { key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchSampler } from '../batches.ts';
import { classBalancedSampler } from './class-balanced-sampler.ts';
import { type BatchSampler, epochSampler } from './epoch-sampler.ts';
import { selectedTaskSampler, type TaskPolicy } from './selected-task-sampler.ts';
import { annealedTasks, equalTasks, roundRobinTasks, temperatureTasks } from './task-choice.ts';
import { taskSampler } from './task-sampler.ts';
import { weightedSampler } from './weighted-sampler.ts';

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

type Setting = {
  readonly seed: number;
  readonly count: number;
  readonly batchSize: number;
  readonly bucketed: boolean;
};
const settings = fc.record({
  seed: fc.nat(1000),
  count: fc.integer({ min: 6, max: 40 }),
  batchSize: fc.integer({ min: 1, max: 9 }),
  bucketed: fc.boolean(),
});

const shared = ({ seed, count, batchSize, bucketed }: Setting) => ({
  key: key(seed),
  batchSize,
  ...(bucketed && { lengths: upTo(count).map((at) => (at * 37) % 90), buckets: [16, 32, 64] }),
});
const labels = (count: number) =>
  upTo(count).map((at) => ({ topic: at % 5 === 0 ? 'a' : 'b', mood: at % 3 ? null : at % 2 ? '+' : '−' }));
const tasks = (count: number) => ({
  topic: upTo(count),
  mood: upTo(count).filter((at) => at % 3 === 0),
  rare: [1, 4],
});

/** Takes the task that brought the least so far, of equal ones one by the key. */
const least: TaskPolicy<readonly number[]> = {
  name: 'least',
  init: (count) => new Array<number>(count).fill(0),
  choose(state, own) {
    const lowest = state.flatMap((sum, task) => (sum === Math.min(...state) ? [task] : []));
    return lowest[own.key[0] % lowest.length]!;
  },
  observe: (state, { task, reward }) => state.map((sum, at) => (at === task ? sum + reward : sum)),
};

/** Every sampler there is. */
const samplers: Readonly<Record<string, (setting: Setting) => BatchSampler>> = {
  batchSampler: (setting) => batchSampler({ ...shared(setting), count: setting.count }),
  ...Object.fromEntries(
    (['withReplacement', 'withoutReplacement', 'systematic'] as const).map((draw) => [
      `weighted ${draw}`,
      (setting: Setting) =>
        weightedSampler({ ...shared(setting), weights: upTo(setting.count).map((at) => at % 4), draw }),
    ]),
  ),
  ...Object.fromEntries(
    (['same', 'over', 'under'] as const).map((size) => [
      `class-balanced ${size}`,
      (setting: Setting) => classBalancedSampler({ ...shared(setting), labels: labels(setting.count), size }),
    ]),
  ),
  ...Object.fromEntries(
    [
      equalTasks(),
      roundRobinTasks(),
      temperatureTasks({ temperature: 2, cap: 10 }),
      annealedTasks({ to: 5, epochs: 3 }),
    ].flatMap((choose) =>
      (['batch', 'example'] as const).flatMap((per) =>
        [false, true].map((replacement) => [
          `tasks ${choose.name} per ${per} ${replacement ? 'with' : 'without'} replacement`,
          (setting: Setting) =>
            taskSampler({
              ...shared(setting),
              count: setting.count,
              tasks: tasks(setting.count),
              choose,
              per,
              replacement,
            }),
        ]),
      ),
    ),
  ),
  'selected tasks': (setting) =>
    selectedTaskSampler({ ...shared(setting), count: setting.count, tasks: tasks(setting.count), select: least }),
  'tasks with batch sizes of their own': (setting) =>
    taskSampler({
      ...shared(setting),
      count: setting.count,
      tasks: tasks(setting.count),
      choose: equalTasks(),
      batchSize: { topic: setting.batchSize, mood: 3, rare: 1 },
    }),
};

describe.each(Object.entries(samplers))('%s', (_, make) => {
  it('goes on after a restore at any point exactly where it was saved', () => {
    fc.assert(
      fc.property(settings, fc.nat(40), fc.nat(9), (setting, steps, further) => {
        const first = make(setting);
        for (let step = 0; step < steps; step++) first.next();
        const saved = JSON.parse(JSON.stringify(first.state()));
        const second = make(setting);
        for (let step = 0; step < further; step++) second.next();
        second.restore(saved);
        expect(JSON.parse(JSON.stringify(second.state()))).toEqual(saved);
        for (let step = 0; step < 2 * first.batchesPerEpoch + 1; step++) expect(second.next()).toEqual(first.next());
      }),
      { numRuns: 40 },
    );
  });

  it('has epochs of equally many batches of valid examples, each within its size and bucket', () => {
    fc.assert(
      fc.property(settings, (setting) => {
        const sampler = make(setting);
        const lengths = shared(setting).lengths;
        for (let step = 0; step < 3 * sampler.batchesPerEpoch; step++) {
          const batch = sampler.next();
          expect([batch.step, batch.epoch]).toEqual([step, Math.floor(step / sampler.batchesPerEpoch)]);
          expect(batch.last).toBe((step + 1) % sampler.batchesPerEpoch === 0);
          expect(batch.indexes.length).toBeGreaterThan(0);
          expect(batch.indexes.length).toBeLessThanOrEqual(batch.size);
          for (const index of batch.indexes) {
            expect(index).toBeLessThan(setting.count);
            if (lengths) expect(batch.bucket).toBeGreaterThanOrEqual(Math.min(64, lengths[index]!));
          }
        }
      }),
      { numRuns: 20 },
    );
  });

  it('has batches of its key, new ones in each epoch', () => {
    const setting = { seed: 1, count: 40, batchSize: 8, bucketed: false };
    const epoch = (sampler: BatchSampler) => upTo(sampler.batchesPerEpoch).map(() => [...sampler.next().indexes]);
    const sampler = make(setting);
    const first = epoch(sampler);
    expect(epoch(make(setting))).toEqual(first);
    expect(epoch(make({ ...setting, seed: 2 }))).not.toEqual(first);
    expect(epoch(sampler)).not.toEqual(first);
  });

  it('refuses the position of another sampler', () => {
    const setting = { seed: 1, count: 20, batchSize: 4, bucketed: false };
    const state = make(setting).state();
    expect(() => make({ ...setting, seed: 2 }).restore(state)).toThrow('Use the seed of the saved run.');
    expect(() => make({ ...setting, count: 21 }).restore(state)).toThrow('E1406');
    const other = epochSampler({
      key: key(1),
      count: state.count,
      batchSize: state.batchSize,
      batchesPerEpoch: state.batchesPerEpoch,
      sampler: 'my own',
      first: null,
      plan: () => ({ batches: [], carry: null }),
    });
    expect(() => other.restore(state)).toThrow('Use the sampling of the saved run.');
  });
});

describe('selectedTaskSampler', () => {
  const make = (name = 'least') =>
    selectedTaskSampler({
      count: 12,
      tasks: { a: upTo(6), b: upTo(12).slice(6) },
      select: { ...least, name },
      batchSize: { a: 2, b: 3 },
      key: key(1),
    });

  it('chooses by what training brought to the tasks it chose', () => {
    const sampler = make();
    const chosen = upTo(9).map(() => {
      const { task, size } = sampler.next();
      expect(size).toBe(task === 'a' ? 2 : 3);
      sampler.observe({ a: 1, b: 2, [task!]: task === 'a' ? 1 : 2 });
      return task;
    });
    // a brings 1, b brings 2: a is chosen twice as often
    expect(chosen.filter((task) => task === 'a')).toHaveLength(6);
  });

  it('leaves rewards of tasks that were not chosen, and of none', () => {
    const sampler = make();
    const { task } = sampler.next();
    const other = task === 'a' ? 'b' : 'a';
    sampler.observe({ [other]: -100, [task!]: null });
    expect((sampler.state().carry as { policy: unknown }).policy).toEqual([0, 0]);
  });

  it('goes on after a restore in the middle of an epoch, between a batch and its reward', () => {
    const reward = (step: number) => ({ a: (step * 7) % 5, b: (step * 3) % 4 });
    const follow = (sampler: ReturnType<typeof make>, from: number, to: number) =>
      upTo(to - from).map((at) => {
        sampler.observe(reward(from + at));
        return sampler.next();
      });
    const straight = make();
    follow(straight, 0, 4);
    const state = JSON.parse(JSON.stringify(straight.state()));
    const after = follow(straight, 4, 20);
    const restored = make();
    restored.restore(state);
    expect(follow(restored, 4, 20)).toEqual(after);
    expect(() => make('other').restore(state)).toThrow(expect.objectContaining({ code: 'E1406' }));
  });
});
