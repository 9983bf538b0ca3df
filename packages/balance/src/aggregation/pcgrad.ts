import { fold, permutation } from '@polytask/base';
import type { Balancer } from '../balancer.ts';
import { type AggregationState, gramianWeighting } from '../gramian-weighting.ts';
import { dot } from '../solvers/matrix.ts';

/**
 * Gradient surgery: each gradient loses its component along every other it conflicts with; their sum is the direction.
 *
 *   gᵢ′ ← gᵢ;   for j ≠ i in random order:  gᵢ′ · gⱼ < 0  ⇒  gᵢ′ ← gᵢ′ − (gᵢ′ · gⱼ / ‖gⱼ‖²) gⱼ;   d = Σᵢ gᵢ′
 *
 * gᵢ′ is held as its coefficients in terms of all gradients, so that the Gramian suffices. The order comes from the step's key.
 * Without conflicts it is the sum. For two tasks it is twice `upgrad`; beyond, the result may still conflict with a task.
 *
 * Yu et al., "Gradient Surgery for Multi-Task Learning", NeurIPS 2020.
 */
export function pcgrad(): Balancer<AggregationState> {
  return gramianWeighting('pcgrad', ({ gramian, key }) => {
    const weights = gramian.map(() => 0);
    for (let i = 0; i < gramian.length; i++) {
      const projected = gramian.map((_, j) => (i === j ? 1 : 0));
      for (const j of permutation(fold(key, i), gramian.length)) {
        const product = dot(gramian[j]!, projected);
        if (j !== i && product < 0) projected[j]! -= product / gramian[j]![j]!;
      }
      for (let j = 0; j < weights.length; j++) weights[j]! += projected[j]!;
    }
    return { weights };
  });
}
