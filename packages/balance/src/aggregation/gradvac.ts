import { fold, permutation } from '@polytask/base';
import type { Balancer } from '../balancer.ts';
import { weighPresent } from '../gramian-weighting.ts';
import { requirePerTask, requireTaskCount } from '../require.ts';
import { dot } from '../solvers/matrix.ts';

/** φ̂ᵢⱼ, the cosine that gᵢ should have with gⱼ. */
export type GradvacState = readonly (readonly number[])[];

/**
 * Gradient vaccine: each gradient is turned towards every other until their cosine is what it was on average.
 *
 *   for j ≠ i in random order:  φ = cos(gᵢ′, gⱼ);   φ < φ̂ᵢⱼ  ⇒  gᵢ′ ← gᵢ′ + a gⱼ;   φ̂ᵢⱼ ← (1 − β) φ̂ᵢⱼ + β φ;   d = Σᵢ gᵢ′
 *   a = ‖gᵢ′‖ (φ̂ √(1 − φ²) − φ √(1 − φ̂²)) / (‖gⱼ‖ √(1 − φ̂²))
 *
 * φ̂ starts at 0, where the rule is that of `pcgrad`. The pairs of a task that is absent, or whose gradient is zero, rest.
 *
 * @param beta 0 < β ≤ 1, the weight of the newest cosine; 0.5 by default, 0.01 in the paper's largest run
 *
 * Throws a RangeError for another β. Wang et al., "Gradient Vaccine", ICLR 2021.
 */
export function gradvac({ beta = 0.5 }: { readonly beta?: number } = {}): Balancer<GradvacState> {
  if (!(beta > 0 && beta <= 1)) throw new RangeError(`expected 0 < beta ≤ 1. Found ${beta}.`);
  return {
    name: 'gradvac',
    needs: 'gramian',
    knownBefore: false,
    init(taskCount) {
      requireTaskCount(taskCount);
      return Array.from({ length: taskCount }, () => new Array<number>(taskCount).fill(0));
    },
    weigh(statistics, state, key) {
      requirePerTask('present', statistics.present, state.length);
      return weighPresent(statistics, state, key, ({ gramian, tasks }) => {
        const targets = state.map((row) => [...row]);
        const weights = gramian.map(() => 0);
        for (let i = 0; i < tasks.length; i++) {
          const turned = gramian.map((_, j) => (i === j ? 1 : 0));
          const products = [...gramian[i]!];
          for (const j of permutation(fold(key, i), tasks.length)) {
            const norm = Math.sqrt(Math.max(0, dot(turned, products)));
            const other = Math.sqrt(gramian[j]![j]!);
            if (j === i || norm === 0 || other === 0) continue;
            const cosine = Math.min(1, Math.max(-1, products[j]! / norm / other));
            const row = targets[tasks[i]!]!;
            const target = row[tasks[j]!]!;
            if (cosine < target) {
              const added = (norm / other) * turn(cosine, target);
              turned[j]! += added;
              for (let k = 0; k < products.length; k++) products[k]! += added * gramian[j]![k]!;
            }
            row[tasks[j]!] = (1 - beta) * target + beta * cosine;
          }
          for (let j = 0; j < weights.length; j++) weights[j]! += turned[j]!;
        }
        return { weights, state: targets };
      });
    },
  };
}

/** How much of a unit vector at `cosine` has to be added for the cosine to become `target`, which rounding keeps from 1. */
function turn(cosine: number, target: number): number {
  const sine = Math.sqrt(Math.max(1 - target * target, 1e-12));
  return (target * Math.sqrt(1 - cosine * cosine)) / sine - cosine;
}
