import type { Balancer } from '../balancer.ts';
import { because } from '../gramian-weighting.ts';
import { type LossWeightingState, lossWeighting, positiveLosses } from '../loss-weighting.ts';

/**
 * The geometric mean of the losses, which their scales do not tilt.
 *
 *   total = (Πₖ Lₖ)^(1/K),   wₖ = ∂total/∂Lₖ = total / (K Lₖ)
 *
 * Computed from logarithms, so that many tasks neither overflow nor vanish. A task whose loss is not positive is left out, and the status
 * says so.
 *
 * Chennupati et al., "MultiNet++: Multi-Stream Feature Aggregation and Geometric Loss Strategy", CVPR Workshops 2019.
 */
export function gls(): Balancer<LossWeightingState> {
  return lossWeighting({
    name: 'gls',
    weigh(losses, tasks) {
      const { kept, reason } = positiveLosses(losses, tasks);
      const weights = tasks.map(() => 0);
      const logarithm = kept.reduce((total, i) => total + Math.log(losses[i]!), 0) / kept.length;
      for (const i of kept) weights[i] = Math.exp(logarithm - Math.log(losses[i]!)) / kept.length;
      return { weights, ...because(reason) };
    },
  });
}
