import type { Balancer } from '../balancer.ts';
import { type LossWeightingState, lossWeighting } from '../loss-weighting.ts';
import { type Preference, preferenceOf, requirePreference } from '../preference.ts';

export type TchebycheffOptions = {
  readonly preference?: Preference;
  /** z, the best that each loss could be, in task order. */
  readonly ideal?: readonly number[];
  /** Whether the distance is divided by the preference, not multiplied. */
  readonly inverse?: boolean;
};

/**
 * The worst task alone, by its preferred distance from the ideal.
 *
 *   total = maxₖ λₖ (Lₖ − zₖ),   wₖ = λₖ where the maximum is, else 0
 *
 * Tasks that share the maximum share the weight. `inverse` has 1/λₖ for λₖ.
 *
 * @param preference λ, 1/K each by default; > 0 with `inverse`
 * @param ideal z, 0 by default
 *
 * Throws a RangeError for other arguments. Bowman 1976; Steuer & Choo, Mathematical Programming 1983.
 */
export function tchebycheff({
  preference,
  ideal,
  inverse = false,
}: TchebycheffOptions = {}): Balancer<LossWeightingState> {
  const chosen = requirePreference(preference);
  if (inverse && chosen?.includes(0)) throw new RangeError('expected a positive preference of every task. Found 0.');
  return lossWeighting({
    name: 'tchebycheff',
    perTask: { preference: chosen, ideal },
    weigh(losses, tasks) {
      const factors = preferenceOf(chosen, tasks).map((value) => (inverse ? 1 / value : value));
      const distances = losses.map((loss, i) => factors[i]! * (loss - (ideal?.[tasks[i]!] ?? 0)));
      const worst = Math.max(...distances);
      const count = distances.filter((distance) => distance === worst).length;
      return { weights: distances.map((distance, i) => (distance === worst ? factors[i]! / count : 0)) };
    },
  });
}
