import { fold, key, uniform } from '@polytask/base';
import { describe, expect, it } from 'vitest';
import { exp3 } from './exp3.ts';
import { fixedTasks } from './fixed-tasks.ts';
import { learningProgress } from './learning-progress.ts';
import { mixed } from './mixed.ts';
import { onLossProgress } from './on-loss-progress.ts';
import { priority } from './priority.ts';
import { rescaled } from './rescaled.ts';
import { draw, type Reward, type TaskSelector } from './selector.ts';
import { ucb1, upperBounds } from './ucb1.ts';

const close = (found: readonly number[], expected: readonly number[]) => {
  expect(found).toHaveLength(expected.length);
  for (const [at, value] of expected.entries()) expect(found[at]).toBeCloseTo(value, 12);
};

const taught = <State>(one: TaskSelector<State>, count: number, rewards: readonly Reward[]) =>
  rewards.reduce((state, reward) => one.observe(state, reward), one.init(count));

/** The sum of what was missed, and how often the better arm was pulled, on two arms that give 1 with these probabilities. */
function regret<State>(one: TaskSelector<State>, chances: readonly [number, number], rounds: number, seed: number) {
  const better = chances[0] > chances[1] ? 0 : 1;
  let state = one.init(2);
  let missed = 0;
  for (let at = 0; at < rounds; at++) {
    const own = fold(key(seed), at);
    const task = one.choose(state, fold(own, 'choice'));
    const reward = Number(uniform(fold(own, 'reward'), 1)[0]! < chances[task]!);
    missed += chances[better]! - chances[task]!;
    state = one.observe(state, { task, reward });
  }
  return missed;
}

describe('draw', () => {
  it('is the task whose part of the line the number falls on, and never one of probability 0', () => {
    const found = Array.from({ length: 1000 }, (_, at) => draw([0, 0.25, 0, 0.75, 0], fold(key(1), at)));
    expect(new Set(found)).toEqual(new Set([1, 3]));
    expect(Math.abs(found.filter((task) => task === 1).length - 250)).toBeLessThan(70);
  });
});

describe('fixedTasks', () => {
  it('takes its tasks alike, or in turn', () => {
    close(fixedTasks({ tasks: [0, 2] }).probabilities(fixedTasks().init(3)), [0.5, 0, 0.5]);
    const turns = fixedTasks({ tasks: [2, 0], inTurn: true });
    let state = turns.init(3);
    const order = Array.from({ length: 4 }, (_, at) => {
      const task = turns.choose(state, key(at));
      state = turns.observe(state, { task, reward: 0 });
      return task;
    });
    expect(order).toEqual([2, 0, 2, 0]);
    expect(() => fixedTasks({ tasks: [3] }).init(3)).toThrow('from 0 to 2');
    expect(() => fixedTasks({ tasks: [1, 1] })).toThrow('different tasks');
  });
});

describe('priority', () => {
  it('is importance times size, tempered', () => {
    const one = priority({ importance: [3, 1], sizes: [100, 400] });
    close(one.probabilities(one.init(2)), [3 / 7, 4 / 7]);
    const tempered = priority({ sizes: [100, 400], temperature: 2 });
    close(tempered.probabilities(tempered.init(2)), [1 / 3, 2 / 3]);
  });

  it('refuses numbers that do not fit', () => {
    expect(() => priority({ sizes: [1, -1] })).toThrow('priority.sizes[1]');
    expect(() => priority({ sizes: [1] }).init(2)).toThrow('expected 2 numbers');
    expect(() => priority({ importance: [0, 0] }).init(2)).toThrow('above 0');
  });
});

describe('exp3', () => {
  it('has the probabilities of its formula', () => {
    const one = exp3({ gamma: 0.2 });
    const first = one.init(2);
    close(one.probabilities(first), [0.5, 0.5]);
    // r̂ = 1 / 0.5, so w₀ = exp(0.2 · 2 / 2) = e^0.2
    const second = one.observe(first, { task: 0, reward: 1 });
    const w = Math.exp(0.2);
    const p0 = (0.8 * w) / (w + 1) + 0.1;
    close(one.probabilities(second), [p0, 1 - p0]);
    // r̂ = 0.5 / p₁: w₁ = exp(0.2 · 0.5 / p₁ / 2)
    const third = one.observe(second, { task: 1, reward: 0.5 });
    const v = Math.exp(0.05 / (1 - p0));
    const q0 = (0.8 * w) / (w + v) + 0.1;
    close(one.probabilities(third), [q0, 1 - q0]);
  });

  it('weighs a reward by the probability with which others chose', () => {
    const one = exp3({ gamma: 0.2 });
    const state = one.observe(one.init(2), { task: 0, reward: 1, probability: 0.25 });
    const w = Math.exp(0.4);
    close(one.probabilities(state), [(0.8 * w) / (w + 1) + 0.1, 0.8 / (w + 1) + 0.1]);
  });

  it('stays finite over any number of rewards', () => {
    const one = exp3({ gamma: 1 });
    const state = taught(one, 2, Array(5000).fill({ task: 1, reward: 1 }));
    expect(one.probabilities(state)).toEqual([0.5, 0.5]);
    const greedy = exp3({ gamma: 0.01 });
    const many = taught(greedy, 2, Array(20_000).fill({ task: 1, reward: 1 }));
    close(greedy.probabilities(many), [0.005, 0.995]);
  });

  it('has a regret on two arms below its bound, and far below that of guessing', () => {
    const rounds = 3000;
    const gamma = Math.min(1, Math.sqrt((2 * Math.log(2)) / ((Math.E - 1) * rounds)));
    const bound = 2 * Math.sqrt(Math.E - 1) * Math.sqrt(rounds * 2 * Math.log(2)); // corollary 3.2
    const seeds = [1, 2, 3, 4, 5];
    const missed = seeds.map((seed) => regret(exp3({ gamma }), [0.2, 0.8], rounds, seed));
    const mean = missed.reduce((sum, value) => sum + value, 0) / seeds.length;
    expect(mean).toBeLessThan(bound);
    expect(mean).toBeLessThan((0.6 * rounds) / 2 / 4); // guessing: 900
    expect(mean).toBeGreaterThan(0);
  });

  it('refuses rewards out of [0, 1]', () => {
    expect(() => exp3().observe(exp3().init(2), { task: 0, reward: 1.5 })).toThrow('from 0 to 1');
    expect(() => exp3({ gamma: 0 })).toThrow('exp3.gamma');
  });
});

describe('ucb1', () => {
  it('has the bounds of its formula', () => {
    const one = ucb1();
    const state = taught(one, 2, [
      { task: 0, reward: 1 },
      { task: 1, reward: 0 },
      { task: 0, reward: 0 },
      { task: 0, reward: 1 },
    ]);
    expect(state.counts).toEqual([3, 1]);
    close(state.means, [2 / 3, 0]);
    close(upperBounds(state), [2 / 3 + Math.sqrt((2 * Math.log(4)) / 3), Math.sqrt(2 * Math.log(4))]);
    expect(one.probabilities(state)).toEqual([0, 1]); // 1.628 < 1.665
    expect(ucb1({ exploration: 0.5 }).probabilities(state)).toEqual([1, 0]); // 1.147 > 0.833
  });

  it('tries each task once, in order', () => {
    const one = ucb1();
    let state = one.init(3);
    const order = [0, 0, 0].map(() => {
      const task = one.choose(state, key(1));
      state = one.observe(state, { task, reward: 1 });
      return task;
    });
    expect(order).toEqual([0, 1, 2]);
  });

  it('has a regret on two arms below its bound', () => {
    const rounds = 3000;
    // 8 ln n / Δ + (1 + π²/3) Δ
    const bound = (8 * Math.log(rounds)) / 0.6 + (1 + Math.PI ** 2 / 3) * 0.6;
    const seeds = [1, 2, 3, 4, 5];
    const mean = seeds.reduce((sum, seed) => sum + regret(ucb1(), [0.8, 0.2], rounds, seed), 0) / seeds.length;
    expect(mean).toBeLessThan(bound);
    expect(mean).toBeGreaterThan(0);
  });
});

describe('learningProgress', () => {
  it('is in proportion to the size of the moving averages', () => {
    const one = learningProgress({ rate: 0.5, exploration: 0.1 });
    const state = taught(one, 2, [
      { task: 0, reward: 1 },
      { task: 1, reward: -2 },
      { task: 0, reward: 0 },
    ]);
    expect(state.progress).toEqual([0.5, -2]);
    close(one.probabilities(state), [0.9 * 0.2 + 0.05, 0.9 * 0.8 + 0.05]);
  });

  it('begins with tasks of which nothing is known, and takes all alike where none moves', () => {
    const one = learningProgress();
    expect(one.probabilities(one.init(3))).toEqual([1 / 3, 1 / 3, 1 / 3]);
    expect(one.probabilities(taught(one, 3, [{ task: 1, reward: 5 }]))).toEqual([0.5, 0, 0.5]);
    expect(
      one.probabilities(
        taught(one, 2, [
          { task: 0, reward: 0 },
          { task: 1, reward: 0 },
        ]),
      ),
    ).toEqual([0.5, 0.5]);
  });

  it('turns to the task that is learned, and away when it is done', () => {
    const one = learningProgress({ rate: 0.3 });
    let state = one.init(2);
    const skills = [0, 0];
    const chosen = Array.from({ length: 120 }, (_, at) => {
      const task = one.choose(state, fold(key(4), at));
      // task 0 is quick to learn, task 1 slow
      const gain = (task === 0 ? 0.2 : 0.02) * (1 - skills[task]!);
      skills[task]! += gain;
      state = one.observe(state, { task, reward: gain });
      return task;
    });
    const early = chosen.slice(0, 15).filter((task) => task === 0).length;
    const late = chosen.slice(60).filter((task) => task === 0).length;
    expect(early / 15).toBeGreaterThan(0.6);
    expect(late / 60).toBeLessThan(0.3);
  });
});

describe('mixed', () => {
  it('mixes the probabilities by share', () => {
    const one = mixed([
      { selector: fixedTasks({ tasks: [0] }), share: 1 },
      { selector: priority({ sizes: [1, 3] }), share: 3 },
    ]);
    close(one.probabilities(one.init(2)), [0.25 + 0.75 * 0.25, 0.75 * 0.75]);
    expect(() => mixed([])).toThrow('at least one');
    expect(() => mixed([{ selector: ucb1(), share: 0 }])).toThrow('mixed[0].share');
  });

  it('tells its parts with what probability the task was chosen', () => {
    const bandit = exp3({ gamma: 0.2 });
    const one = mixed([
      { selector: bandit, share: 1 },
      { selector: fixedTasks({ tasks: [1] }), share: 1 },
    ]);
    const state = one.observe(one.init(2), { task: 0, reward: 1 }); // chosen with 0.25
    expect(state.parts[0]).toEqual(bandit.observe(bandit.init(2), { task: 0, reward: 1, probability: 0.25 }));
  });
});

describe('onLossProgress', () => {
  it('rewards a loss by how far it is below its moving average', () => {
    const one = onLossProgress(learningProgress({ rate: 1 }), { rate: 0.5 });
    const losses = [4, 2, 3, 0];
    const states = losses.map((_, at) =>
      taught(
        one,
        1,
        losses.slice(0, at + 1).map((reward) => ({ task: 0, reward })),
      ),
    );
    expect(states.map(({ averages }) => averages[0])).toEqual([4, 3, 3, 1.5]);
    // (4 − 4)/4, (4 − 2)/4, (3 − 3)/3, (3 − 0)/3
    expect(states.map(({ inner }) => inner.progress[0])).toEqual([0, 0.5, 0, 1]);
  });

  it('is finite for losses of any size, and symmetric', () => {
    const progress = (first: number, second: number) =>
      taught(
        onLossProgress(learningProgress({ rate: 1 })),
        1,
        [first, second].map((reward) => ({ task: 0, reward })),
      ).inner.progress[0];
    expect(progress(5e-324, 1e300)).toBe(-1);
    expect(progress(1e300, 5e-324)).toBe(1);
    expect(progress(-1, 1)).toBe(-2);
    expect(progress(0, 0)).toBe(0);
  });
});

describe('rescaled', () => {
  it('brings rewards of any size to [0, 1] by quantiles of the newest', () => {
    const seen: number[] = [];
    const spy: TaskSelector<null> = {
      name: 'spy',
      init: () => null,
      probabilities: () => [1],
      choose: () => 0,
      observe: (_, { reward }) => {
        seen.push(reward);
        return null;
      },
    };
    const one = rescaled(spy, { window: 5, quantile: 0.25 });
    // quantiles of [7]; [7, 9]: 7.5 and 8.5; [7, 9, 8]: 7.5 and 8.5; [0, 7, 7, 8, 9]…: by hand
    const state = taught(
      one,
      1,
      [7, 9, 8, 7, 0, 7.25].map((reward) => ({ task: 0, reward })),
    );
    // 7 of [7, 7, 8, 9]: 7 and 8.25 → 0; 0 of [0, 7, 7, 8, 9]: 7 and 8 → cut to 0; 7.25 of [0, 7, 7.25, 8, 9]: 7 and 8 → 0.25
    close(seen, [0.5, 1, 0.5, 0, 0, 0.25]);
    expect(state.rewards).toEqual([9, 8, 7, 0, 7.25]);
  });
});
