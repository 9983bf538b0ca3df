import type { Metric } from '../metric.ts';
import { forEachDistribution, type ProbabilityBatch, probabilityOf } from './probability-batch.ts';

type Bin = { readonly count: number; readonly confidence: number; readonly right: number };

/**
 * How far confidence is from accuracy: ECE = Σ_b (n_b / n) |accuracy_b − confidence_b| over equally wide bins (0, 1/B], … of the highest
 * probability. 0 to 1; NaN without evidence.
 *
 * @param bins Default: 15.
 * @throws RangeError when `bins` is not a positive integer.
 *
 * Guo, Pleiss, Sun & Weinberger, "On Calibration of Modern Neural Networks", ICML 2017.
 */
export function expectedCalibrationError({
  bins = 15,
}: {
  readonly bins?: number;
} = {}): Metric<ProbabilityBatch, readonly Bin[], number> {
  if (!(Number.isInteger(bins) && bins > 0)) throw new RangeError(`bins: expected a positive integer. Found ${bins}.`);
  const none: readonly Bin[] = Array.from({ length: bins }, () => ({ count: 0, confidence: 0, right: 0 }));
  return {
    name: 'expectedCalibrationError',
    direction: 'down',
    empty: none,
    observe(batch) {
      const found = none.map((bin) => ({ ...bin }));
      forEachDistribution(batch, (probabilities, actual) => {
        const best = Object.entries(probabilities).reduce((most, next) => (next[1] > most[1] ? next : most), ['', 0]);
        const confidence = probabilityOf(probabilities, best[0]);
        const bin = found[Math.max(0, Math.min(bins - 1, Math.ceil(confidence * bins) - 1))]!;
        bin.count += 1;
        bin.confidence += confidence;
        bin.right += best[0] === actual ? 1 : 0;
      });
      return found;
    },
    merge: (left, right) =>
      left.map((bin, at) => ({
        count: bin.count + right[at]!.count,
        confidence: bin.confidence + right[at]!.confidence,
        right: bin.right + right[at]!.right,
      })),
    compute(state) {
      const total = state.reduce((sum, { count }) => sum + count, 0);
      return total === 0
        ? Number.NaN
        : state.reduce((sum, { right, confidence }) => sum + Math.abs(right - confidence), 0) / total;
    },
  };
}
