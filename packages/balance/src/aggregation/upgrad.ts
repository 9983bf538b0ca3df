import type { Balancer } from '../balancer.ts';
import { type AggregationState, gramianWeighting } from '../gramian-weighting.ts';
import { type Preference, requirePreference } from '../preference.ts';
import { projectOnDualCone } from '../solvers/dual-cone.ts';

/**
 * Unconflicting projection of gradients: each gradient is projected on the cone of directions that harm no task, and the projections are added.
 *
 *   Wᵢ = argmin vᵀG v  with  v ≥ pᵢ eᵢ,   w = Σᵢ Wᵢ
 *
 * The direction harms no task, is linear in the scales of the gradients, and vanishes only at Pareto-stationary points. Where no two
 * gradients conflict it is the mean. Without a ridge, and at every scale: close to convergence it is still itself.
 *
 * @param preference p, 1/K each by default
 *
 * Throws a RangeError for another preference. Quinton & Rey, "Jacobian Descent for Multi-Objective Optimization", 2024.
 */
export function upgrad({ preference }: { readonly preference?: Preference } = {}): Balancer<AggregationState> {
  return gramianWeighting(
    'upgrad',
    ({ gramian, preference }) => {
      const weights = preference.map(() => 0);
      let [iterations, residual] = [0, 0];
      preference.forEach((value, i) => {
        const projected = projectOnDualCone(
          gramian,
          preference.map((_, j) => (i === j ? value : 0)),
        );
        projected.weights.forEach((weight, j) => {
          weights[j]! += weight;
        });
        iterations += projected.iterations;
        residual = Math.max(residual, projected.residual);
      });
      return { weights, iterations, residual };
    },
    requirePreference(preference),
  );
}
