import { forEachLabelled, type LabelBatch } from './label-batch.ts';
import type { Metric } from './metric.ts';

export type AccuracyState = { readonly correct: number; readonly count: number };

/**
 * The share of examples whose label was predicted.
 *
 *   accuracy = correct / count,   NaN without evidence
 *
 * Examples whose true label is `null` are left out.
 */
export function accuracy<Label extends string = string>(): Metric<LabelBatch<Label>, AccuracyState, number> {
  return {
    name: 'accuracy',
    direction: 'up',
    empty: { correct: 0, count: 0 },
    observe(batch) {
      let correct = 0;
      let count = 0;
      forEachLabelled(batch, (predicted, actual) => {
        count += 1;
        if (predicted === actual) correct += 1;
      });
      return { correct, count };
    },
    merge: (left, right) => ({ correct: left.correct + right.correct, count: left.count + right.count }),
    compute: ({ correct, count }) => correct / count,
  };
}

/** `accuracy` of one batch: the predicted labels first, then the true ones (`null` where missing). */
export function accuracyScore<Label extends string>(
  predicted: readonly Label[],
  actual: readonly (Label | null)[],
): number {
  const metric = accuracy<Label>();
  return metric.compute(metric.observe({ predicted, actual }));
}
