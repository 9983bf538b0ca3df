import { fold, key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskSelector } from '../selection/selector.ts';

export type SelectorLawOptions = {
  /** The rewards it takes. Default: from 0 to 1. */
  readonly rewards?: readonly [least: number, most: number];
  readonly runs?: number;
  readonly seed?: number;
};

/**
 * Declares the tests that every selector has to pass, for random rewards of 1 to 6 tasks: call it at the top of a vitest file.
 *
 * Probabilities are one per task, at least 0, of sum 1, and those of the choices; equal arguments give equal choices; the state survives JSON
 * in the middle of a run, after which the choices are the same; nothing given is changed; what is no task or no reward is refused.
 *
 * @param make the selector for a number of tasks.
 */
export function describeSelectorLaws<State>(
  make: (taskCount: number) => TaskSelector<State>,
  { rewards: [least, most] = [0, 1], runs = 50, seed = 1 }: SelectorLawOptions = {},
): void {
  const reward = fc.double({ min: least, max: most, noNaN: true }).map((value) => value + 0); // JSON knows no −0
  const arbitraryRun = fc.record({
    taskCount: fc.integer({ min: 1, max: 6 }),
    rewards: fc.array(reward, { minLength: 1, maxLength: 30 }),
    seed: fc.nat(),
  });
  type Run = { readonly taskCount: number; readonly rewards: readonly number[]; readonly seed: number };
  const holds = (law: (run: Run) => void) =>
    fc.assert(
      fc.property(arbitraryRun, (run) => law(run)),
      { numRuns: runs, seed },
    );

  /** Chooses and observes, one reward after the other. */
  function follow({ taskCount, rewards, seed: own }: Run, carry: (state: State) => State = (state) => state) {
    const one = make(taskCount);
    let state = one.init(taskCount);
    return rewards.map((value, at) => {
      const before = state;
      const task = one.choose(state, fold(key(own), at));
      state = carry(one.observe(state, { task, reward: value }));
      return { before, task, probabilities: one.probabilities(before), after: state };
    });
  }

  describe(`${make(3).name} is a selector`, () => {
    test('probabilities are one per task, at least 0, of sum 1', () => {
      holds((run) => {
        for (const { probabilities } of follow(run)) {
          expect(probabilities).toHaveLength(run.taskCount);
          expect(probabilities.every((value) => value >= 0)).toBe(true);
          expect(probabilities.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
        }
      });
    });

    test('only tasks that may be chosen are, as often as their probabilities say', () => {
      holds((run) => {
        for (const { task, probabilities } of follow(run)) expect(probabilities[task]).toBeGreaterThan(0);
        const one = make(run.taskCount);
        const { after } = follow(run).at(-1)!;
        const counts = new Array<number>(run.taskCount).fill(0);
        for (let at = 0; at < 400; at++) counts[one.choose(after, fold(key(run.seed), `draw ${at}`))]!++;
        // five standard deviations
        for (const [task, value] of one.probabilities(after).entries())
          expect(Math.abs(counts[task]! - 400 * value)).toBeLessThanOrEqual(
            5 * Math.sqrt(400 * value * (1 - value)) + 1e-6,
          );
      });
    });

    test('equal arguments give equal results', () => {
      holds((run) => {
        expect(follow(run)).toEqual(follow(run));
      });
    });

    test('the state survives JSON in the middle of a run, after which the choices are the same', () => {
      holds((run) => {
        const straight = follow(run);
        const restored = follow(run, (state) => JSON.parse(JSON.stringify(state)) as State);
        expect(restored.map(({ task, probabilities }) => [task, probabilities])).toEqual(
          straight.map(({ task, probabilities }) => [task, probabilities]),
        );
        expect(JSON.parse(JSON.stringify(straight.at(-1)!.after))).toStrictEqual(straight.at(-1)!.after);
      });
    });

    test('nothing given is changed', () => {
      holds((run) => {
        const one = make(run.taskCount);
        const state = one.init(run.taskCount);
        const copy = JSON.stringify(state);
        const next = one.observe(state, Object.freeze({ task: 0, reward: run.rewards[0]! }));
        one.choose(state, key(run.seed));
        expect(JSON.stringify(state)).toBe(copy);
        expect(JSON.stringify(next)).toBe(JSON.stringify(one.observe(state, { task: 0, reward: run.rewards[0]! })));
      });
    });

    test('a single task is always chosen', () => {
      holds((run) => {
        for (const { task, probabilities } of follow({ ...run, taskCount: 1 })) {
          expect(task).toBe(0);
          expect(probabilities[0]).toBeCloseTo(1, 12);
        }
      });
    });

    test('what is no number of tasks, no task or no reward is refused', () => {
      const one = make(3);
      for (const count of [0, -1, 1.5, Number.NaN]) expect(() => one.init(count)).toThrow(RangeError);
      const state = one.init(3);
      for (const task of [-1, 3, 0.5, Number.NaN])
        expect(() => one.observe(state, { task, reward: least })).toThrow(RangeError);
      for (const value of [Number.NaN, Number.POSITIVE_INFINITY])
        expect(() => one.observe(state, { task: 0, reward: value })).toThrow(RangeError);
      for (const probability of [0, -1, 2, Number.NaN])
        expect(() => one.observe(state, { task: 0, reward: least, probability })).toThrow(RangeError);
    });
  });
}
