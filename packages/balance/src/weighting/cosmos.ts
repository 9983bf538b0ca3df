import type { Balancer } from '../balancer.ts';
import { dirichlet } from '../dirichlet.ts';
import { type LossWeightingState, lossWeighting } from '../loss-weighting.ts';
import { type Preference, preferenceOf, requirePreference } from '../preference.ts';
import { requirePositive } from '../require.ts';
import { dot } from '../solvers/matrix.ts';

export type CosmosOptions = {
  /** λ: how much the losses should point where the preference does. */
  readonly lambda?: number;
  /** r for every step; left out, it is drawn anew in each. */
  readonly preference?: Preference;
  /** Of the Dirichlet distribution that r is drawn from. */
  readonly concentration?: number;
};

/**
 * A weighted sum that is rewarded for losses in the preferred proportion.
 *
 *   total = Σₖ rₖ Lₖ − λ cos(r, L),   wₖ = rₖ − λ (rₖ/(‖r‖ ‖L‖) − (r · L) Lₖ/(‖r‖ ‖L‖³)),   r ~ Dirichlet(a)
 *
 * In the paper the model is told r with its input: `dirichlet(key, K, a)` with the step's key is the r of a step in which all K tasks are
 * present. Without that, choose a `preference`. Weights may be negative. Where all losses are 0 there is no cosine, and the status says so.
 *
 * @param lambda ≥ 0; 1 by default, 0.01 to 8 in the paper
 * @param concentration a > 0; 1 by default
 *
 * Throws a RangeError for other arguments. Ruchte & Grabocka, "Scalable Pareto Front Approximation for Deep Multi-Objective Learning", ICDM 2021.
 */
export function cosmos({
  lambda = 1,
  preference,
  concentration = 1,
}: CosmosOptions = {}): Balancer<LossWeightingState> {
  if (!(lambda >= 0 && Number.isFinite(lambda))) throw new RangeError(`expected lambda ≥ 0. Found ${lambda}.`);
  requirePositive({ concentration });
  const chosen = requirePreference(preference);
  return lossWeighting({
    name: 'cosmos',
    perTask: { preference: chosen },
    weigh(losses, tasks, key) {
      const r = chosen ? preferenceOf(chosen, tasks) : dirichlet(key, tasks.length, concentration);
      const [size, length] = [Math.hypot(...r), Math.hypot(...losses)];
      if (length === 0) return { weights: r, reason: 'every loss is 0' };
      if (size === 0) return { weights: r, reason: 'no task that is preferred is present' };
      const unit = losses.map((loss) => loss / length);
      const cosine = dot(r, unit) / size;
      return { weights: r.map((value, i) => value - (lambda / length) * (value / size - cosine * unit[i]!)) };
    },
  });
}
