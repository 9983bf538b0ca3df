import type { Metric } from '../metric.ts';
import { ranks } from '../numbers/spearman.ts';
import { byCodeUnit } from '../order.ts';
import { forEachDistribution, type ProbabilityBatch, probabilityOf } from './probability-batch.ts';

/** Every example: ranking needs them all. */
export type Rankings = {
  readonly probabilities: readonly Readonly<Record<string, number>>[];
  readonly actual: readonly string[];
};

export type RankingOptions = {
  /** The label that is looked for; without it, the mean over all labels, each against the rest. */
  readonly positive?: string;
  /** How labels count in the mean: alike, or by how many examples have them. Default: macro. */
  readonly average?: 'macro' | 'weighted';
};

/**
 * The area under the receiver operating characteristic: the probability that an example with the label is ranked above one without, equal scores
 * counting ½. U = Σ ranks of the positives − n₊(n₊ + 1)/2, AUC = U / (n₊ n₋).
 *
 * Without `positive`, the mean over the labels, each against the rest; labels that all or no examples have are left out. NaN where none is left.
 * The state keeps all examples. Hanley & McNeil, 1982.
 */
export const rocAuc = (options: RankingOptions = {}): Metric<ProbabilityBatch, Rankings, number> =>
  ranking('rocAuc', options, (scores, isPositive) => {
    const positives = isPositive.filter(Boolean).length;
    const negatives = isPositive.length - positives;
    if (positives === 0 || negatives === 0) return Number.NaN;
    const sum = ranks(scores).reduce((total, rank, at) => total + (isPositive[at] ? rank : 0), 0);
    return (sum - (positives * (positives + 1)) / 2) / (positives * negatives);
  });

/**
 * The area under the precision–recall curve as a step function: AP = Σ (R_n − R_{n−1}) P_n over the distinct scores from the highest on.
 *
 * Averages as `rocAuc`; labels that no example has are left out. NaN where none is left. The state keeps all examples.
 */
export const averagePrecision = (options: RankingOptions = {}): Metric<ProbabilityBatch, Rankings, number> =>
  ranking('averagePrecision', options, (scores, isPositive) => {
    const positives = isPositive.filter(Boolean).length;
    if (positives === 0) return Number.NaN;
    const order = [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!);
    let [found, before, area] = [0, 0, 0];
    for (const [at, index] of order.entries()) {
      if (isPositive[index]) found += 1;
      if (at + 1 < order.length && scores[order[at + 1]!] === scores[index]) continue;
      area += ((found - before) / positives) * (found / (at + 1));
      before = found;
    }
    return area;
  });

function ranking(
  name: string,
  { positive, average = 'macro' }: RankingOptions,
  area: (scores: readonly number[], isPositive: readonly boolean[]) => number,
): Metric<ProbabilityBatch, Rankings, number> {
  if (average !== 'macro' && average !== 'weighted')
    throw new RangeError(`average: expected "macro" or "weighted". Found ${JSON.stringify(average)}.`);
  return {
    name,
    direction: 'up',
    empty: { probabilities: [], actual: [] },
    observe(batch) {
      const probabilities: Readonly<Record<string, number>>[] = [];
      const actual: string[] = [];
      forEachDistribution(batch, (given, label) => {
        probabilities.push(given);
        actual.push(label);
      });
      return { probabilities, actual };
    },
    merge: (left, right) => ({
      probabilities: [...left.probabilities, ...right.probabilities],
      actual: [...left.actual, ...right.actual],
    }),
    compute({ probabilities, actual }) {
      const of = (label: string) =>
        area(
          probabilities.map((given) => probabilityOf(given, label)),
          actual.map((one) => one === label),
        );
      if (positive !== undefined) return of(positive);
      let [sum, weights] = [0, 0];
      for (const label of [...new Set(actual)].sort(byCodeUnit)) {
        const value = of(label);
        if (Number.isNaN(value)) continue;
        const weight = average === 'macro' ? 1 : actual.filter((one) => one === label).length;
        sum += weight * value;
        weights += weight;
      }
      return sum / weights;
    },
  };
}
