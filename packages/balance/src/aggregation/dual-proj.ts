import type { Balancer } from '../balancer.ts';
import { type AggregationState, gramianWeighting } from '../gramian-weighting.ts';
import { type Preference, requirePreference } from '../preference.ts';
import { projectOnDualCone } from '../solvers/dual-cone.ts';

/**
 * The mean gradient, projected on the cone of directions that harm no task.
 *
 *   w = argmin vᵀG v  with  v ≥ p
 *
 * The direction is the nearest to Jᵀp with gₖ · d ≥ 0 for all k; where the mean harms nobody it is the mean.
 *
 * @param preference p, 1/K each by default
 *
 * Throws a RangeError for another preference. Lopez-Paz & Ranzato, "Gradient Episodic Memory for Continual Learning", NeurIPS 2017.
 */
export function dualProj({ preference }: { readonly preference?: Preference } = {}): Balancer<AggregationState> {
  return gramianWeighting(
    'dualProj',
    ({ gramian, preference }) => projectOnDualCone(gramian, preference),
    requirePreference(preference),
  );
}
