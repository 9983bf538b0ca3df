import { requireCount, requireNumber } from '../require.ts';
import { requireReward, selector, type TaskSelector } from './selector.ts';

export type Exp3State = {
  /** ln wₖ, the largest 0. */
  readonly logWeights: readonly number[];
};

/**
 * Exponential weights for exploration and exploitation, for rewards that an adversary may choose: pₖ = (1 − γ) wₖ / Σ w + γ / K, and
 * wₖ ← wₖ·exp(γ r / (pₖ K)) for the chosen task with reward r ∈ [0, 1].
 *
 * @param gamma γ, above 0, at most 1: how much is explored. Default: 0.1.
 * @throws RangeError for γ out of range, and `observe` for a reward out of [0, 1]; `rescaled` brings other rewards there.
 *
 * Auer, Cesa-Bianchi, Freund & Schapire, "The Nonstochastic Multiarmed Bandit Problem", SIAM J. Comput. 2002.
 */
export function exp3({ gamma = 0.1 }: { readonly gamma?: number } = {}): TaskSelector<Exp3State> {
  requireNumber('exp3.gamma', gamma, Number.MIN_VALUE, 1);
  const probabilities = ({ logWeights }: Exp3State) => {
    const weights = logWeights.map(Math.exp);
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => ((1 - gamma) * weight) / sum + gamma / weights.length);
  };
  return selector({
    name: 'exp3',
    init(taskCount) {
      requireCount('taskCount', taskCount);
      return { logWeights: new Array<number>(taskCount).fill(0) };
    },
    probabilities,
    observe(state, given) {
      const { logWeights } = state;
      requireReward('exp3', given, logWeights.length);
      requireNumber('exp3: reward', given.reward, 0, 1);
      const { task, reward, probability = probabilities(state)[task]! } = given;
      const grown = logWeights.map((value, at) =>
        at === task ? value + (gamma * reward) / (probability * logWeights.length) : value,
      );
      const largest = Math.max(...grown);
      return { logWeights: grown.map((value) => value - largest) };
    },
  });
}
