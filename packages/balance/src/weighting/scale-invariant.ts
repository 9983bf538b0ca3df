import type { Balancer } from '../balancer.ts';
import { because } from '../gramian-weighting.ts';
import { type LossWeightingState, lossWeighting, positiveLosses } from '../loss-weighting.ts';

/**
 * The sum of the logarithms of the losses: multiplying a loss by a constant changes nothing.
 *
 *   total = Σₖ log Lₖ,   wₖ = 1 / Lₖ
 *
 * A task whose loss is not positive is left out, and the status says so.
 *
 * Baseline "SI" of Navon et al., "Multi-Task Learning as a Bargaining Game", ICML 2022.
 */
export function scaleInvariant(): Balancer<LossWeightingState> {
  return lossWeighting({
    name: 'scaleInvariant',
    weigh(losses, tasks) {
      const { kept, reason } = positiveLosses(losses, tasks);
      const weights = tasks.map(() => 0);
      for (const i of kept) weights[i] = 1 / losses[i]!;
      return { weights, ...because(reason) };
    },
  });
}
