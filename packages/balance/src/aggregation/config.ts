import type { Balancer } from '../balancer.ts';
import { type AggregationState, because, gramianWeighting, withGradient } from '../gramian-weighting.ts';
import { type Preference, requirePreference } from '../preference.ts';
import { pseudoSolve, symmetricEigen } from '../solvers/eigen.ts';
import { cosines, dot, norms, submatrix, times } from '../solvers/matrix.ts';

/**
 * Conflict-free inverse gradients: the direction has the same cosine with every gradient, and the length of all projections together.
 *
 *   x = U⁺ 1 = Uᵀ C⁺ 1,   d = (Σₖ gₖ · x̂) x̂;   in weights  y = C⁺ 1,   wₖ = (Σⱼ ‖gⱼ‖ (C y)ⱼ / yᵀC y) yₖ / ‖gₖ‖
 *
 * U are the unit gradients, C = U Uᵀ their cosines. Its length is that of the sum, not of the mean. Dependent gradients may have no such
 * direction; then it is the one of least squares. Weights may be negative. Tasks with a zero gradient are left out; where the unit gradients
 * cancel, the weights are 1/‖gₖ‖ of the mean, and the status says so.
 *
 * @param preference the cosines wanted, relative to each other; equal by default
 *
 * Throws a RangeError for another preference. Liu, Chu & Thuerey, "ConFIG: Towards Conflict-free Training of Physics Informed Neural Networks",
 * ICLR 2025.
 */
export function config({ preference }: { readonly preference?: Preference } = {}): Balancer<AggregationState> {
  const chosen = requirePreference(preference);
  return gramianWeighting(
    'config',
    (company) => {
      const { kept, reason } = withGradient(company);
      const gramian = submatrix(company.gramian, kept);
      const lengths = norms(gramian);
      const unit = cosines(gramian);
      const wanted = kept.map((i) => (chosen ? company.preference[i]! : 1));
      const eigen = symmetricEigen(unit);
      const y = pseudoSolve(eigen, wanted);
      const products = times(unit, y);
      const squared = dot(y, products);
      const weights = company.tasks.map(() => 0);
      const size = y.reduce((total, value) => total + Math.abs(value), 0);
      // x vanishes where the unit gradients cancel, and where what is wanted is orthogonal to all that they can do.
      if (squared <= Math.max(1e-14 * size * size, (1e-20 * dot(wanted, wanted)) / eigen.values[0]!)) {
        kept.forEach((i, k) => {
          weights[i] = 1 / kept.length / lengths[k]!;
        });
        return { weights, reason: 'the unit gradients cancel' };
      }
      const factor = dot(lengths, products) / squared;
      kept.forEach((i, k) => {
        weights[i] = (factor * y[k]!) / lengths[k]!;
      });
      return { weights, ...because(reason) };
    },
    chosen,
  );
}
