import type { Balancer } from '../balancer.ts';
import { type AggregationState, gramianWeighting } from '../gramian-weighting.ts';

export type KrumOptions = {
  /** f: how many gradients may be corrupt. */
  readonly byzantine?: number;
  /** m: how many gradients are averaged. */
  readonly selected?: number;
};

/**
 * Multi-Krum: the mean of the m gradients that have the closest neighbours; outliers have no vote.
 *
 *   sᵢ = Σ ‖gᵢ − gⱼ‖² over the K − f − 2 nearest j,   w = 1/m for the m smallest sᵢ, else 0
 *
 * It defends against corrupt gradients and does not balance tasks. With fewer than f + 3 tasks, or m, present there is no such choice: the
 * weights are the mean, and the status says so.
 *
 * @param byzantine f ≥ 0; 1 by default
 * @param selected m ≥ 1; 1 by default
 *
 * Throws a RangeError for other arguments. Blanchard et al., "Machine Learning with Adversaries: Byzantine Tolerant Gradient Descent",
 * NeurIPS 2017.
 */
export function krum({ byzantine = 1, selected = 1 }: KrumOptions = {}): Balancer<AggregationState> {
  if (!(Number.isSafeInteger(byzantine) && byzantine >= 0)) {
    throw new RangeError(`expected an integer byzantine ≥ 0. Found ${byzantine}.`);
  }
  if (!(Number.isSafeInteger(selected) && selected >= 1)) {
    throw new RangeError(`expected an integer selected ≥ 1. Found ${selected}.`);
  }
  return gramianWeighting('krum', ({ gramian, tasks }) => {
    const count = tasks.length;
    const least = Math.max(byzantine + 3, selected);
    if (count < least) {
      return { weights: tasks.map(() => 1 / count), reason: `expected ${least} tasks present. Found ${count}` };
    }
    const scores = gramian.map((row, i) => {
      const distances = row.map((product, j) => Math.max(0, row[i]! + gramian[j]![j]! - 2 * product));
      const nearest = distances.filter((_, j) => j !== i).sort((left, right) => left - right);
      return nearest.slice(0, count - byzantine - 2).reduce((total, distance) => total + distance, 0);
    });
    const order = tasks.map((_, i) => i).sort((i, j) => scores[i]! - scores[j]!);
    const chosen = new Set(order.slice(0, selected));
    return { weights: tasks.map((_, i) => (chosen.has(i) ? 1 / selected : 0)) };
  });
}
