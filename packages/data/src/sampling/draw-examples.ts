import { fold, type Key, permutation, words } from '@polytask/base';

/**
 * How examples are drawn by weight.
 *
 * - `withReplacement`: each draw independent, P(i) = wᵢ / Σw;
 * - `withoutReplacement`: no example twice in an epoch, heavier ones earlier (Efraimidis & Spirakis, "Weighted random sampling with a
 *   reservoir", 2006);
 * - `systematic`: each example ⌊n·pᵢ⌋ or ⌈n·pᵢ⌉ times, n·pᵢ on average, in random order: over- and under-sampling without noise.
 */
export type Draw = 'withReplacement' | 'withoutReplacement' | 'systematic';

/** @throws RangeError when a weight is not ≥ 0 and finite, or none is positive. */
export function checkWeights(weights: ArrayLike<number>): void {
  let positive = 0;
  for (let at = 0; at < weights.length; at++) {
    if (!(weights[at]! >= 0 && weights[at]! < Number.POSITIVE_INFINITY))
      throw new RangeError(`weights: expected finite numbers ≥ 0. Found ${weights[at]} at ${at}.`);
    if (weights[at]! > 0) positive++;
  }
  if (positive === 0) throw new RangeError('weights: expected one above 0. Found none.');
}

/** `size` examples drawn by weight, in random order. */
export function drawExamples(key: Key, weights: ArrayLike<number>, size: number, draw: Draw): Uint32Array {
  if (draw === 'withoutReplacement') return drawOnce(key, weights, size);
  const sums = new Float64Array(weights.length);
  let sum = 0;
  for (let at = 0; at < weights.length; at++) {
    sum += weights[at]!;
    sums[at] = sum;
  }
  const next = words(fold(key, 'draw'));
  const unit = () => ((next() >>> 5) * 2 ** 26 + (next() >>> 6)) / 2 ** 53;
  if (draw === 'withReplacement') return Uint32Array.from({ length: size }, () => firstAbove(sums, unit() * sum));
  const offset = unit();
  const drawn = new Uint32Array(size);
  let at = 0;
  for (let count = 0; count < size; count++) {
    const wanted = ((count + offset) / size) * sum;
    while (at < sums.length - 1 && sums[at]! <= wanted) at++;
    drawn[count] = at;
  }
  return permutation(fold(key, 'order'), size).map((place) => drawn[place]!);
}

function drawOnce(key: Key, weights: ArrayLike<number>, size: number): Uint32Array {
  const next = words(fold(key, 'draw'));
  const times = new Float64Array(weights.length);
  for (let at = 0; at < times.length; at++) {
    // the smallest of exponential times with rate w comes first; a word per example keeps the draws apart
    const time = -Math.log(((next() >>> 0) + 1) * 2 ** -32);
    times[at] = weights[at]! > 0 ? time / weights[at]! : Number.POSITIVE_INFINITY;
  }
  const order = Uint32Array.from(times, (_, at) => at).sort((a, b) =>
    times[a]! < times[b]! ? -1 : times[a]! > times[b]! ? 1 : a - b,
  );
  return order.slice(0, size);
}

/** The first place whose sum is above `wanted`; examples of weight 0 are never it. */
function firstAbove(sums: Float64Array, wanted: number): number {
  let [low, high] = [0, sums.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > wanted) high = middle;
    else low = middle + 1;
  }
  return low;
}
