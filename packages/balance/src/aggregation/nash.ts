import type { Balancer } from '../balancer.ts';
import { type AggregationState, gramianWeighting } from '../gramian-weighting.ts';
import { dot, times } from '../solvers/matrix.ts';
import { fairWeights } from './fairgrad.ts';

/**
 * The Nash bargaining solution: tasks agree on the direction whose gains have the largest product.
 *
 *   G α = 1/α,   α > 0;   d = Jᵀα, shortened to ‖d‖ ≤ `maxNorm`
 *
 * Scaling a loss by c scales its α by 1/c: the direction does not depend on the scales of the losses. Unshortened ‖d‖ = √K always, so a
 * `maxNorm` below that fixes the length of every step. Solved by Newton's method on a convex function, without a solver library. Use
 * `every(n, nash())` to bargain at every n-th step only. Zero gradients and Pareto-stationary points as in `fairgrad`.
 *
 * @param maxNorm > 0, 1 by default as in the paper; null leaves the direction as it is
 *
 * Throws a RangeError for another `maxNorm`. Navon et al., "Multi-Task Learning as a Bargaining Game", ICML 2022.
 */
export function nash({ maxNorm = 1 }: { readonly maxNorm?: number | null } = {}): Balancer<AggregationState> {
  if (maxNorm !== null && !(maxNorm > 0)) throw new RangeError(`expected maxNorm > 0. Found ${maxNorm}.`);
  return gramianWeighting('nash', (company) => {
    const bargained = fairWeights(company, 1);
    const squared = dot(bargained.weights, times(company.gramian, bargained.weights));
    const factor = maxNorm === null ? 1 : Math.min(1, maxNorm / Math.sqrt(Math.max(squared, Number.MIN_VALUE)));
    return { ...bargained, weights: bargained.weights.map((weight) => weight * factor) };
  });
}
