import { relativeGain } from '../relative-gain.ts';
import { requireNumber } from '../require.ts';
import { requireReward, selector, type TaskSelector } from './selector.ts';

export type LossProgressState<State> = {
  /** A moving average of the loss of each task; null before its first one. */
  readonly averages: readonly (number | null)[];
  readonly inner: State;
};

/**
 * A selector that is told losses: the reward of a loss L is (m − L) / max(|m|, |L|), how far it is below its moving average
 * m ← α L + (1 − α) m; 0 for the first one.
 *
 * @param rate α, above 0, at most 1. Default: 0.1.
 * @throws RangeError for a rate out of range.
 */
export function onLossProgress<State>(
  inner: TaskSelector<State>,
  { rate = 0.1 }: { readonly rate?: number } = {},
): TaskSelector<LossProgressState<State>> {
  requireNumber('onLossProgress.rate', rate, Number.MIN_VALUE, 1);
  return selector<LossProgressState<State>>({
    name: `onLossProgress(${inner.name})`,
    init: (taskCount) => ({ inner: inner.init(taskCount), averages: new Array<null>(taskCount).fill(null) }),
    probabilities: (state) => inner.probabilities(state.inner),
    observe({ averages, inner: state }, given) {
      requireReward('onLossProgress', given, averages.length);
      const { task, reward: loss } = given;
      const average = averages[task] ?? loss;
      const reward = relativeGain(average, loss);
      return {
        averages: averages.map((value, at) => (at === task ? rate * loss + (1 - rate) * average : value)),
        inner: inner.observe(state, { ...given, reward }),
      };
    },
  });
}
