import type { Balancer } from '../balancer.ts';
import { type LossWeightingState, lossWeighting } from '../loss-weighting.ts';

export type ConsistencyOptions = {
  /** κ: how much a difference costs. */
  readonly strength?: number;
  /** The related tasks, by their numbers; every pair when left out. */
  readonly pairs?: readonly (readonly [number, number])[];
};

/**
 * The sum of the losses, with those of related tasks pulled together.
 *
 *   total = Σₖ Lₖ + κ/2 Σ_(i,j) (Lᵢ − Lⱼ)²,   wₖ = max(0, 1 + κ Σⱼ (Lₖ − Lⱼ))
 *
 * A task far ahead of its relatives waits: its weight falls to 0, and not below, where its loss would be made to rise.
 *
 * @param strength κ ≥ 0, per unit of loss; 0.1 by default
 * @param pairs of different task numbers
 *
 * Throws a RangeError for other arguments.
 */
export function consistency({ strength = 0.1, pairs }: ConsistencyOptions = {}): Balancer<LossWeightingState> {
  if (!(strength >= 0 && Number.isFinite(strength))) throw new RangeError(`expected strength ≥ 0. Found ${strength}.`);
  for (const pair of pairs ?? [])
    if (!(pair.every((task) => Number.isSafeInteger(task) && task >= 0) && pair[0] !== pair[1])) {
      throw new RangeError(`expected pairs of different tasks. Found ${JSON.stringify(pair)}.`);
    }
  const related = pairs?.map(([left, right]) => [left, right] as const);
  const balancer = lossWeighting({
    name: 'consistency',
    weigh(losses, tasks) {
      const chosen = related ?? tasks.flatMap((left, i) => tasks.slice(i + 1).map((right) => [left, right] as const));
      const weights = tasks.map(() => 1);
      for (const [left, right] of chosen) {
        const [i, j] = [tasks.indexOf(left), tasks.indexOf(right)];
        if (i < 0 || j < 0) continue;
        weights[i]! += strength * (losses[i]! - losses[j]!);
        weights[j]! += strength * (losses[j]! - losses[i]!);
      }
      return { weights: weights.map((weight) => Math.max(0, weight)) };
    },
  });
  return {
    ...balancer,
    init(taskCount) {
      const beyond = related?.flat().find((task) => task >= taskCount);
      if (beyond !== undefined) throw new RangeError(`expected pairs of tasks below ${taskCount}. Found ${beyond}.`);
      return balancer.init(taskCount);
    },
  };
}
