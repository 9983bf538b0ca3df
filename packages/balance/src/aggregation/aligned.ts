import type { Balancer } from '../balancer.ts';
import { type AggregationState, gramianWeighting } from '../gramian-weighting.ts';
import { type Preference, requirePreference } from '../preference.ts';
import { rankOf, symmetricEigen } from '../solvers/eigen.ts';
import { dot, sum } from '../solvers/matrix.ts';

export type AlignedOptions = {
  /** The common singular value: the smallest, the median, or the root of the mean square of those there were. */
  readonly scale?: 'min' | 'median' | 'rmse';
  readonly preference?: Preference;
};

/**
 * Aligned principal components: the Jacobian is replaced by the nearest one whose singular values are all equal.
 *
 *   G = Σₖ λₖ vₖ vₖᵀ over λₖ > K ε λ₁,   B = σ Σₖ λₖ^(−½) vₖ vₖᵀ,   w = B p,   σ² = min, median or mean of the λₖ
 *
 * So B J has condition number 1. With `'min'` the step shrinks where tasks are nearly dependent; the others keep its size. Weights may be
 * negative.
 *
 * @param scale `'min'` by default, as in the paper; of an even number of values the median is the lower one
 * @param preference p, 1/K each by default
 *
 * Throws a RangeError for other arguments. Senushkin et al., "Independent Component Alignment for Multi-Task Learning", CVPR 2023.
 */
export function aligned({ scale = 'min', preference }: AlignedOptions = {}): Balancer<AggregationState> {
  if (!Object.hasOwn(scales, scale)) {
    throw new RangeError(`expected scale "min", "median" or "rmse". Found ${JSON.stringify(scale)}.`);
  }
  return gramianWeighting(
    'aligned',
    ({ gramian, preference }) => {
      const eigen = symmetricEigen(gramian);
      const values = eigen.values.slice(0, rankOf(eigen));
      const common = scales[scale](values);
      const weights = preference.map(() => 0);
      values.forEach((value, k) => {
        const vector = eigen.vectors[k]!;
        const part = Math.sqrt(common / value) * dot(vector, preference);
        for (let i = 0; i < weights.length; i++) weights[i]! += part * vector[i]!;
      });
      return { weights };
    },
    requirePreference(preference),
  );
}

/** Of eigenvalues in falling order. */
const scales = {
  min: (values: readonly number[]) => values.at(-1)!,
  median: (values: readonly number[]) => values[Math.floor(values.length / 2)]!,
  rmse: (values: readonly number[]) => sum(values) / values.length,
};
