import { requireCount, requireNumber } from '../require.ts';
import { requireReward, selector, type TaskSelector } from './selector.ts';

export type Ucb1State = {
  /** How often each task was chosen. */
  readonly counts: readonly number[];
  /** The mean of its rewards. */
  readonly means: readonly number[];
};

/**
 * Upper confidence bounds: the task with the largest x̄ₖ + c·√(2 ln n / nₖ), each once before, the first of equal ones.
 *
 * Certain of itself: the probability of that task is 1. Its guarantee is for rewards in [0, 1].
 *
 * @param exploration c ≥ 0; 1 is UCB1. Default: 1.
 *
 * Auer, Cesa-Bianchi & Fischer, "Finite-time Analysis of the Multiarmed Bandit Problem", Machine Learning 2002.
 */
export function ucb1({ exploration = 1 }: { readonly exploration?: number } = {}): TaskSelector<Ucb1State> {
  requireNumber('ucb1.exploration', exploration, 0);
  return selector({
    name: 'ucb1',
    init(taskCount) {
      requireCount('taskCount', taskCount);
      const zeros = new Array<number>(taskCount).fill(0);
      return { counts: zeros, means: zeros };
    },
    probabilities(state) {
      const bounds = upperBounds(state, exploration);
      const chosen = bounds.indexOf(Math.max(...bounds));
      return bounds.map((_, task) => Number(task === chosen));
    },
    observe({ counts, means }, given) {
      requireReward('ucb1', given, counts.length);
      const { task, reward } = given;
      const count = counts[task]! + 1;
      return {
        counts: counts.map((value, at) => (at === task ? count : value)),
        means: means.map((value, at) => (at === task ? value + (reward - value) / count : value)),
      };
    },
  });
}

/** x̄ₖ + c·√(2 ln n / nₖ); infinite for a task that was never chosen. */
export function upperBounds({ counts, means }: Ucb1State, exploration = 1): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return means.map((mean, task) =>
    counts[task] === 0 ? Number.POSITIVE_INFINITY : mean + exploration * Math.sqrt((2 * Math.log(all)) / counts[task]!),
  );
}
