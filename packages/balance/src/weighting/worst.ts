import type { Balancer } from '../balancer.ts';
import { type LossWeightingState, lossWeighting } from '../loss-weighting.ts';

/**
 * The mean of the largest losses: nobody is left behind.
 *
 *   total = 1/k Σ of the k largest Lₖ,   w = 1/k for them, else 0
 *
 * Tasks with equal losses at the border share what is left. Σ w = 1; with fewer tasks present than k it is their mean.
 *
 * @param count k, a positive integer; 1, the maximum, by default
 *
 * Throws a RangeError for another count. Shalev-Shwartz & Wexler, "Minimizing the Maximal Loss", ICML 2016; Fan et al., "Learning with Average
 * Top-k Loss", NeurIPS 2017.
 */
export function worst({ count = 1 }: { readonly count?: number } = {}): Balancer<LossWeightingState> {
  if (!(Number.isSafeInteger(count) && count > 0)) {
    throw new RangeError(`expected a positive integer count. Found ${count}.`);
  }
  return lossWeighting({
    name: 'worst',
    weigh(losses) {
      const k = Math.min(count, losses.length);
      const border = [...losses].sort((left, right) => right - left)[k - 1]!;
      const above = losses.filter((loss) => loss > border).length;
      const share = (k - above) / losses.filter((loss) => loss === border).length;
      return { weights: losses.map((loss) => (loss > border ? 1 : loss === border ? share : 0) / k) };
    },
  });
}
