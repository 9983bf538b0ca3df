import { requireCount, requireNumber } from '../require.ts';
import { requireReward, selector, type TaskSelector } from './selector.ts';

export type RescaledState<State> = {
  readonly taskCount: number;
  /** The newest rewards, the oldest first. */
  readonly rewards: readonly number[];
  readonly inner: State;
};

export type RescaledOptions = {
  /** Rewards that are remembered. Default: 100. */
  readonly window?: number;
  /** The quantile that becomes 0, and what is below it; 1 − it becomes 1. From 0 to below 0.5. Default: 0.2. */
  readonly quantile?: number;
};

/**
 * A selector for rewards of any size: r becomes (r − lo) / (hi − lo) cut to [0, 1], with lo and hi the 20 % and 80 % quantiles of the newest
 * rewards, this one among them; ½ while these are equal.
 *
 * @throws RangeError for options out of range.
 *
 * Graves, Bellemare, Menick, Munos & Kavukcuoglu, "Automated Curriculum Learning for Neural Networks", ICML 2017, section 2.3.
 */
export function rescaled<State>(
  inner: TaskSelector<State>,
  { window = 100, quantile = 0.2 }: RescaledOptions = {},
): TaskSelector<RescaledState<State>> {
  requireCount('rescaled.window', window, 2);
  requireNumber('rescaled.quantile', quantile, 0, 0.5 - Number.EPSILON);
  return selector<RescaledState<State>>({
    name: `rescaled(${inner.name})`,
    init: (taskCount) => ({ taskCount, rewards: [], inner: inner.init(taskCount) }),
    probabilities: (state) => inner.probabilities(state.inner),
    observe(state, given) {
      requireReward('rescaled', given, state.taskCount);
      const rewards = [...state.rewards, given.reward].slice(-window);
      const [low, high] = [quantileOf(rewards, quantile), quantileOf(rewards, 1 - quantile)];
      const reward = high > low ? Math.min(1, Math.max(0, (given.reward - low) / (high - low))) : 0.5;
      return { ...state, rewards, inner: inner.observe(state.inner, { ...given, reward }) };
    },
  });
}

/** Linear between the two nearest. */
function quantileOf(values: readonly number[], share: number): number {
  const sorted = [...values].sort((left, right) => left - right);
  const place = share * (sorted.length - 1);
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
}
