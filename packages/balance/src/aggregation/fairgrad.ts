import type { Balancer } from '../balancer.ts';
import {
  type Aggregated,
  type AggregationState,
  because,
  type Company,
  gramianWeighting,
  stationaryReason,
  withGradient,
} from '../gramian-weighting.ts';
import { solveFair } from '../solvers/fair.ts';
import { cosines, submatrix } from '../solvers/matrix.ts';
import { minNorm } from '../solvers/min-norm.ts';

/**
 * α-fair shares of the improvement: the larger α, the more the task that gains least counts.
 *
 *   G w = w^(−1/α),   w > 0
 *
 * α = 0 is the sum and α → 0 its projection by `dualProj`, α = 1 proportional fairness (the unclipped `nash`), α → ∞ the equal gains of `mgda`. Under J → tJ the direction becomes
 * t^((1−α)/(1+α)) times as long, so for α = 1 it does not notice scales at all. Tasks with a zero gradient are left out; at Pareto-stationary
 * points there is no solution, and the weights are those of `mgda`.
 *
 * @param alpha ≥ 0; 1 by default, 2 does best in the paper
 *
 * Throws a RangeError for another α. Ban & Ji, "Fair Resource Allocation in Multi-Task Learning", ICML 2024.
 */
export function fairgrad({ alpha = 1 }: { readonly alpha?: number } = {}): Balancer<AggregationState> {
  if (!(alpha >= 0 && Number.isFinite(alpha))) throw new RangeError(`expected alpha ≥ 0. Found ${alpha}.`);
  return gramianWeighting('fairgrad', (company) => fairWeights(company, alpha));
}

/** The solution of G w = w^(−1/α) for the tasks that have a gradient. */
export function fairWeights(company: Company, alpha: number): Aggregated {
  if (alpha === 0) return { weights: company.tasks.map(() => 1) };
  const { kept, reason } = withGradient(company);
  const weights = company.tasks.map(() => 0);
  const put = (values: readonly number[]) => {
    kept.forEach((i, k) => {
      weights[i] = values[k]!;
    });
    return weights;
  };
  const gramian = submatrix(company.gramian, kept);
  // Whether some direction improves all tasks is a matter of angles alone.
  if (minNorm(cosines(gramian)).stationary) {
    const nearest = minNorm(gramian);
    return { weights: put(nearest.weights), iterations: nearest.iterations, reason: stationaryReason };
  }
  const { weights: found, iterations, residual } = solveFair(gramian, 1 / alpha);
  return { weights: put(found), iterations, residual, ...because(reason) };
}
