import { requireCount, requireNumber } from '../require.ts';
import { requireReward, selector, type TaskSelector } from './selector.ts';

export type LearningProgressState = {
  /** Q, a moving average of what each task brought; null before its first reward. */
  readonly progress: readonly (number | null)[];
};

export type LearningProgressOptions = {
  /** α, how much of the average the newest reward is: above 0, at most 1. Default: 0.1. */
  readonly rate?: number;
  /** ε, the share that all tasks have alike, from 0 to 1. Default: 0.1. */
  readonly exploration?: number;
};

/**
 * Online, by learning progress: pₖ = (1 − ε)·|Qₖ| / Σ |Q| + ε / K, Qₖ ← α r + (1 − α)·Qₖ. The reward r is what the score of the task rose
 * by, or its loss fell; a task that is being forgotten counts as much as one that is being learned.
 *
 * Tasks without a reward yet come first.
 *
 * @throws RangeError for options out of range.
 *
 * Matiisen, Oliver, Cohen & Schulman, "Teacher–Student Curriculum Learning", IEEE TNNLS 2020: the online algorithm, with probabilities in
 * proportion to |Q|.
 */
export function learningProgress({
  rate = 0.1,
  exploration = 0.1,
}: LearningProgressOptions = {}): TaskSelector<LearningProgressState> {
  requireNumber('learningProgress.rate', rate, Number.MIN_VALUE, 1);
  requireNumber('learningProgress.exploration', exploration, 0, 1);
  return selector<LearningProgressState>({
    name: 'learningProgress',
    init(taskCount) {
      requireCount('taskCount', taskCount);
      return { progress: new Array<null>(taskCount).fill(null) };
    },
    probabilities({ progress }) {
      const fresh = progress.filter((value) => value === null).length;
      if (fresh > 0) return progress.map((value) => (value === null ? 1 / fresh : 0));
      const sizes = progress.map((value) => Math.abs(value!));
      const sum = sizes.reduce((total, size) => total + size, 0);
      const count = progress.length;
      return sizes.map((size) => (sum > 0 ? (1 - exploration) * (size / sum) + exploration / count : 1 / count));
    },
    observe({ progress }, given) {
      requireReward('learningProgress', given, progress.length);
      const { task, reward } = given;
      return {
        progress: progress.map((value, at) =>
          at !== task ? value : value === null ? reward : rate * reward + (1 - rate) * value,
        ),
      };
    },
  });
}
