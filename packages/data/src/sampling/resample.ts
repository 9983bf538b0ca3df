import type { Key } from '@polytask/base';
import { checkWeights, drawExamples } from './draw-examples.ts';

/**
 * A new list of examples in which each stands in proportion to its weight: the over- or under-sampled data set, ascending.
 *
 * `over`: none is lost, the lightest stands about once and the others more often; `under`: none is repeated, the heaviest stays and others are
 * dropped; `same`: as many as before. Each stands ⌊r·wᵢ⌋ or ⌈r·wᵢ⌉ times, r·wᵢ on average. Weights of 0 are dropped.
 *
 * @throws RangeError when a weight is not ≥ 0 and finite, or none is positive.
 */
export function resample(key: Key, weights: ArrayLike<number>, how: 'over' | 'under' | 'same'): Uint32Array {
  return drawExamples(key, weights, resampledSize(weights, how), 'systematic').sort();
}

/** How many examples `resample` gives. @throws RangeError as `resample` does. */
export function resampledSize(weights: ArrayLike<number>, how: 'over' | 'under' | 'same'): number {
  checkWeights(weights);
  const positive = Float64Array.from(weights).filter((weight) => weight > 0);
  if (how === 'same') return positive.length;
  let [sum, least, most] = [0, Number.POSITIVE_INFINITY, 0];
  for (const weight of positive) {
    sum += weight;
    least = Math.min(least, weight);
    most = Math.max(most, weight);
  }
  const size = how === 'over' ? Math.ceil(sum / least - 1e-9) : Math.floor(sum / most + 1e-9);
  return Math.max(1, size);
}
