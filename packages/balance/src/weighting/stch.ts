import type { Balancer } from '../balancer.ts';
import { type LossWeightingState, lossWeighting } from '../loss-weighting.ts';
import { type Preference, preferenceOf, requirePreference } from '../preference.ts';
import { requirePositive } from '../require.ts';
import { softmax } from '../softmax.ts';

export type StchOptions = {
  /** How far the maximum is smoothed. */
  readonly mu?: number;
  readonly preference?: Preference;
  /** z, the best that each loss could be, in task order. */
  readonly ideal?: readonly number[];
};

/**
 * Smooth Tchebycheff: a maximum of the losses with a gradient for every task.
 *
 *   total = μ log Σₖ exp(λₖ (Lₖ − zₖ) / μ),   wₖ = λₖ softmaxₖ(λ (L − z) / μ)
 *
 * μ → 0 is `tchebycheff`, μ → ∞ a weighted mean. `logTransformed(stch())` compares the losses by their ratios.
 *
 * @param mu μ > 0, in units of λL; 1 by default
 * @param preference λ, 1/K each by default
 * @param ideal z, 0 by default
 *
 * Throws a RangeError for other arguments. Lin et al., "Smooth Tchebycheff Scalarization for Multi-Objective Optimization", ICML 2024.
 */
export function stch({ mu = 1, preference, ideal }: StchOptions = {}): Balancer<LossWeightingState> {
  requirePositive({ mu });
  const chosen = requirePreference(preference);
  return lossWeighting({
    name: 'stch',
    perTask: { preference: chosen, ideal },
    weigh(losses, tasks) {
      const factors = preferenceOf(chosen, tasks);
      const shares = softmax(losses.map((loss, i) => (factors[i]! * (loss - (ideal?.[tasks[i]!] ?? 0))) / mu));
      return { weights: shares.map((share, i) => factors[i]! * share) };
    },
  });
}
