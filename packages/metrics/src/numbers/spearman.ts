import type { Metric } from '../metric.ts';
import { momentsOf } from './moments.ts';
import { forEachNumber, type NumberBatch } from './number-batch.ts';

/** Every pair of numbers: ranks need them all. */
export type Pairs = { readonly predicted: readonly number[]; readonly actual: readonly number[] };

/**
 * Spearman's ρ: Pearson's correlation of the ranks, equal numbers sharing the mean of their ranks. From −1 to 1; NaN for fewer than two
 * examples, or where either side is constant. The state keeps all numbers.
 */
export function spearmanCorrelation(): Metric<NumberBatch, Pairs, number> {
  return {
    name: 'spearmanCorrelation',
    direction: 'up',
    empty: { predicted: [], actual: [] },
    observe(batch) {
      const [predicted, actual]: [number[], number[]] = [[], []];
      forEachNumber(batch, (one, other) => {
        predicted.push(one);
        actual.push(other);
      });
      return { predicted, actual };
    },
    merge: (left, right) => ({
      predicted: [...left.predicted, ...right.predicted],
      actual: [...left.actual, ...right.actual],
    }),
    compute({ predicted, actual }) {
      const { products, squaresActual, squaresPredicted } = momentsOf({
        predicted: ranks(predicted),
        actual: ranks(actual),
      });
      return squaresActual === 0 || squaresPredicted === 0
        ? Number.NaN
        : products / Math.sqrt(squaresActual * squaresPredicted);
    },
  };
}

/** From 1; equal numbers have the mean of the ranks they take up. */
export function ranks(values: readonly number[]): number[] {
  const order = [...values.keys()].sort((a, b) => values[a]! - values[b]!);
  const found = new Array<number>(values.length);
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let at = start; at < end; at++) found[order[at]!] = (start + 1 + end) / 2;
    start = end;
  }
  return found;
}
