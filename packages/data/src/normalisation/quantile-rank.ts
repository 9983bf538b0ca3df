import { quantileOf } from '../table/statistics.ts';
import { normalProbability, normalQuantile } from './normal-distribution.ts';
import { mapped, type Normaliser } from './normaliser.ts';
import { trainingValues } from './training-values.ts';

/** Quantiles of the training values at equal steps of probability, ascending. */
export type QuantileSpec = { readonly quantiles: readonly number[] };

const smallest = 1e-7; // ranks 0 and 1 as normal quantiles, ±5.2

/**
 * The rank of a value among the training values in [0, 1], by linear interpolation between up to `quantiles` (default 1000) quantiles; with
 * `output: 'normal'` as a normal quantile Φ⁻¹(rank).
 *
 * Equal training values share the mean of their ranks. Values beyond the training range get the rank of its end and come back as that end.
 *
 * @throws RangeError when `quantiles` is not an integer of at least 2.
 */
export function quantileRank({
  output = 'uniform',
  quantiles = 1000,
}: {
  readonly output?: 'uniform' | 'normal';
  readonly quantiles?: number;
} = {}): Normaliser<QuantileSpec> {
  if (!(Number.isInteger(quantiles) && quantiles >= 2)) {
    throw new RangeError(`quantiles: expected an integer of at least 2. Found ${quantiles}.`);
  }
  const normal = output === 'normal';
  return {
    name: 'quantileRank',
    fit(training) {
      const sorted = trainingValues(training, 'quantileRank');
      const count = Math.min(quantiles, Math.max(2, sorted.length));
      const found = Array.from({ length: count }, (_, at) => quantileOf(sorted, at / (count - 1)) + 0);
      // rounding must not put them out of order
      for (let at = 1; at < count; at++) if (found[at]! < found[at - 1]!) found[at] = found[at - 1]!;
      return { quantiles: found };
    },
    apply: (values, spec) =>
      mapped(values, (x) => {
        if (Number.isNaN(x)) return x;
        const rank = rankOf(x, spec.quantiles);
        return normal ? normalQuantile(Math.min(1 - smallest, Math.max(smallest, rank))) : rank;
      }),
    invert: (values, spec) =>
      mapped(values, (y) => {
        if (Number.isNaN(y)) return y;
        let rank = normal ? normalProbability(y) : y;
        if (normal && rank <= smallest * (1 + 1e-6)) rank = 0;
        if (normal && rank >= 1 - smallest * (1 + 1e-6)) rank = 1;
        return quantileOf(spec.quantiles, Math.min(1, Math.max(0, rank)));
      }),
  };
}

function rankOf(x: number, quantiles: readonly number[]): number {
  const last = quantiles.length - 1;
  if (quantiles[0] === quantiles[last]) return x < quantiles[0]! ? 0 : x > quantiles[0]! ? 1 : 0.5;
  if (x < quantiles[0]!) return 0;
  if (x > quantiles[last]!) return 1;
  const below = firstWhere(quantiles, (quantile) => quantile >= x);
  const above = firstWhere(quantiles, (quantile) => quantile > x) - 1;
  if (above >= below) return (below + above) / 2 / last;
  const [low, high] = [quantiles[below - 1]!, quantiles[below]!];
  const half = high / 2 - low / 2; // halves: the difference itself may be too large for a number
  return (below - 1 + (x / 2 - low / 2) / half) / last;
}

/** The first position, by halving, at which a condition that stays true once it is true holds. */
function firstWhere(values: readonly number[], holds: (value: number) => boolean): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(values[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}
