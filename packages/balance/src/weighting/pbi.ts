import type { Balancer } from '../balancer.ts';
import { type LossWeightingState, lossWeighting } from '../loss-weighting.ts';
import { type Preference, preferenceOf, requirePreference } from '../preference.ts';
import { dot } from '../solvers/matrix.ts';

export type PbiOptions = {
  /** θ: how much leaving the preferred ray costs. */
  readonly theta?: number;
  readonly preference?: Preference;
  /** z, the best that each loss could be, in task order. */
  readonly ideal?: readonly number[];
};

/**
 * Penalty-based boundary intersection: along the preferred ray towards the ideal, and back to the ray.
 *
 *   total = d₁ + θ d₂,   d₁ = (L − z) · λ̂,   d₂ = ‖(L − z) − d₁ λ̂‖,   w = λ̂ + θ ((L − z) − d₁ λ̂) / d₂
 *
 * λ̂ is the preference at length 1. On the ray d₂ has no gradient and counts 0. A task far below the ray gets a negative weight.
 *
 * @param theta θ ≥ 0; 5 by default
 * @param preference λ, 1/K each by default
 * @param ideal z, 0 by default
 *
 * Throws a RangeError for other arguments. Zhang & Li, "MOEA/D", IEEE Transactions on Evolutionary Computation 2007.
 */
export function pbi({ theta = 5, preference, ideal }: PbiOptions = {}): Balancer<LossWeightingState> {
  if (!(theta >= 0 && Number.isFinite(theta))) throw new RangeError(`expected theta ≥ 0. Found ${theta}.`);
  const chosen = requirePreference(preference);
  return lossWeighting({
    name: 'pbi',
    perTask: { preference: chosen, ideal },
    weigh(losses, tasks) {
      const given = preferenceOf(chosen, tasks);
      const length = Math.hypot(...given);
      if (length === 0) return { weights: given, reason: 'no task that is preferred is present' };
      const ray = given.map((value) => value / length);
      const distance = losses.map((loss, i) => loss - (ideal?.[tasks[i]!] ?? 0));
      const along = dot(distance, ray);
      const aside = distance.map((value, i) => value - along * ray[i]!);
      const away = Math.hypot(...aside);
      // What is left of rounding errors points nowhere.
      const factor = away > 1e-14 * Math.hypot(...distance) ? theta / away : 0;
      return { weights: ray.map((value, i) => value + factor * aside[i]!) };
    },
  });
}
