import type { Metric } from './metric.ts';

/** A sum over `count` examples, as programs return losses: `{ sum: 0, count: 0 }` for a task that is absent. */
export type SumAndCount = { readonly sum: number; readonly count: number };

/** `nonFinite` counts batches whose sum is no number, which JSON could not carry. */
export type MeanState = SumAndCount & { readonly nonFinite: number };

/**
 * The mean per example of a loss or score, whatever the sizes of the batches.
 *
 *   mean = Σ sum / Σ count,   NaN without evidence and as soon as one sum is not finite
 *
 * `direction` is `down`, that of losses, unless given. `observe` throws a RangeError for a negative count.
 */
export function mean({
  direction = 'down',
}: {
  readonly direction?: 'up' | 'down';
} = {}): Metric<SumAndCount, MeanState, number> {
  return {
    name: 'mean',
    direction,
    empty: { sum: 0, count: 0, nonFinite: 0 },
    observe({ sum, count }) {
      if (!(count >= 0 && Number.isFinite(count))) {
        throw new RangeError(`expected a count of at least 0. Found ${count}.`);
      }
      if (count === 0) return { sum: 0, count: 0, nonFinite: 0 };
      return Number.isFinite(sum) ? { sum, count, nonFinite: 0 } : { sum: 0, count, nonFinite: 1 };
    },
    merge: (left, right) => ({
      sum: left.sum + right.sum,
      count: left.count + right.count,
      nonFinite: left.nonFinite + right.nonFinite,
    }),
    compute: ({ sum, count, nonFinite }) => (nonFinite > 0 ? Number.NaN : sum / count),
  };
}
