import { type MeanState, mean } from '../mean.ts';
import type { Metric } from '../metric.ts';
import { forEachDistribution, type ProbabilityBatch, probabilityOf } from './probability-batch.ts';

type MeanMetric = Metric<ProbabilityBatch, MeanState, number>;

function meanOf(
  name: string,
  direction: MeanMetric['direction'],
  score: (probabilities: Readonly<Record<string, number>>, actual: string) => number,
): MeanMetric {
  const { empty, observe, merge, compute } = mean({ direction });
  return {
    name,
    direction,
    empty,
    observe(batch) {
      let [sum, count] = [0, 0];
      forEachDistribution(batch, (probabilities, actual) => {
        sum += score(probabilities, actual);
        count += 1;
      });
      return observe({ sum, count });
    },
    merge,
    compute,
  };
}

/** −(1/n) Σ log p(true label), natural logarithm; probabilities below 2⁻⁵² count as that. NaN without evidence. Perplexity is its exponential. */
export const logLoss = (): MeanMetric =>
  meanOf(
    'logLoss',
    'down',
    (probabilities, actual) => -Math.log(Math.max(Number.EPSILON, Math.min(1, probabilityOf(probabilities, actual)))),
  );

/** exp(log loss): among how many equally probable labels the model is in doubt. NaN without evidence. */
export function perplexity(): MeanMetric {
  const { compute, ...rest } = logLoss();
  return { ...rest, name: 'perplexity', compute: (state) => Math.exp(compute(state)) };
}

/** (1/n) Σ Σ_c (p_c − [c is true])²: 0 to 2, Brier's own form over all labels. NaN without evidence. Brier, 1950. */
export const brierScore = (): MeanMetric =>
  meanOf('brierScore', 'down', (probabilities, actual) => {
    const labels = new Set([...Object.keys(probabilities), actual]);
    return [...labels].reduce(
      (sum, label) => sum + (probabilityOf(probabilities, label) - (label === actual ? 1 : 0)) ** 2,
      0,
    );
  });

/**
 * The share of examples whose true label is among the k most probable; labels as probable as the k-th count only as far as there is room, in the
 * order they are given in. NaN without evidence.
 *
 * @throws RangeError when k is not a positive integer.
 */
export function topKAccuracy(k: number): MeanMetric {
  if (!(Number.isInteger(k) && k > 0)) throw new RangeError(`k: expected a positive integer. Found ${k}.`);
  return meanOf(`top${k}Accuracy`, 'up', (probabilities, actual) =>
    Object.entries(probabilities)
      .sort(([, a], [, b]) => b - a)
      .slice(0, k)
      .some(([label]) => label === actual)
      ? 1
      : 0,
  );
}
