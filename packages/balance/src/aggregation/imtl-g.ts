import type { Balancer } from '../balancer.ts';
import { type AggregationState, because, gramianWeighting, withGradient } from '../gramian-weighting.ts';
import { pseudoSolve, rankOf, symmetricEigen } from '../solvers/eigen.ts';
import { cosines, dot, type Matrix, magnitude, norms, submatrix, sum, times } from '../solvers/matrix.ts';

/**
 * Impartial weights: the direction has the same projection on every task's gradient.
 *
 *   v = G⁺ (‖g₁‖, …, ‖g_K‖),   w = v / Σₖ vₖ
 *
 * Σ w = 1. Weights may be negative, and the common projection too: then the direction climbs, and training can break down. Where Σ v is 0 to
 * rounding the weights are the mean, and the status says so; tasks with a zero gradient are left out.
 *
 * Liu et al., "Towards Impartial Multi-task Learning", ICLR 2021.
 */
export function imtlG(): Balancer<AggregationState> {
  return gramianWeighting('imtlG', (company) => {
    const { kept, reason } = withGradient(company);
    const gramian = submatrix(company.gramian, kept);
    const v = equalProjections(gramian);
    const total = sum(v);
    const weights = company.tasks.map(() => 0);
    if (Math.abs(total) <= 1e-12 * magnitude(v, v.map(Math.sign))) {
      for (const i of kept) weights[i] = 1 / kept.length;
      return { weights, reason: 'no combination with Σ w = 1 has equal projections' };
    }
    kept.forEach((i, k) => {
      weights[i] = v[k]! / total;
    });
    return { weights, residual: residualOf(gramian, v), ...because(reason) };
  });
}

/** G⁺ d. For independent gradients by way of their cosines, whose condition does not depend on the norms. */
function equalProjections(gramian: Matrix): number[] {
  const lengths = norms(gramian);
  const eigen = symmetricEigen(cosines(gramian));
  if (rankOf(eigen) < lengths.length) return pseudoSolve(symmetricEigen(gramian), lengths);
  const solution = pseudoSolve(
    eigen,
    lengths.map(() => 1),
  );
  return solution.map((value, i) => value / lengths[i]!);
}

/** How far the projections are apart, relative to the terms they are sums of. */
function residualOf(gramian: Matrix, v: readonly number[]): number {
  const lengths = norms(gramian);
  const projections = times(gramian, v).map((product, i) => product / lengths[i]!);
  const size = dot(v.map(Math.abs), lengths);
  return (Math.max(...projections) - Math.min(...projections)) / size;
}
