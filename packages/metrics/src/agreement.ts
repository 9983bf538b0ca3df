import { quote } from '@polytask/base';
import { type ConfusionMatrix, confusionMatrix } from './confusion-matrix.ts';
import type { LabelBatch } from './label-batch.ts';
import type { Metric } from './metric.ts';
import { byCodeUnit } from './order.ts';

export type KappaOptions = {
  /** How far apart labels are: all alike, by the distance of their places, or by its square. Default: `none`. */
  readonly weights?: 'none' | 'linear' | 'quadratic';
  /** The labels in their order, where weights need one; numbers by value and texts by code unit when left out. */
  readonly labels?: readonly string[];
};

/**
 * Agreement beyond chance: κ = 1 − Σ w_ij n_ij / Σ w_ij n_i· n_·j / n, w_ij the distance of the labels' places: [i ≠ j], |i − j| or (i − j)². From −1 to 1;
 * NaN without evidence and where chance explains all.
 *
 * @throws RangeError for unknown weights, and when `labels` lacks a label.
 *
 * Cohen, "A coefficient of agreement for nominal scales", 1960; "Weighted kappa", 1968.
 */
export function cohenKappa({
  weights = 'none',
  labels,
}: KappaOptions = {}): Metric<LabelBatch, ConfusionMatrix, number> {
  const distance = distances[weights];
  if (!Object.hasOwn(distances, weights))
    throw new RangeError(`weights: expected "none", "linear" or "quadratic". Found ${quote(weights)}.`);
  return {
    ...confusionMatrix(),
    name: weights === 'none' ? 'cohenKappa' : `${weights}Kappa`,
    compute({ labels: seen, counts }) {
      const places = placesOf(seen, labels);
      const rows = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
      const columns = counts.map((_, at) => counts.reduce((sum, row) => sum + row[at]!, 0));
      const total = rows.reduce((sum, row) => sum + row, 0);
      let [found, chance] = [0, 0];
      for (const [i, row] of counts.entries()) {
        for (const [j, count] of row.entries()) {
          const weight = distance(places[i]! - places[j]!);
          found += weight * count;
          chance += (weight * rows[i]! * columns[j]!) / total;
        }
      }
      return 1 - found / chance;
    },
  };
}

const distances = {
  none: (apart: number) => (apart === 0 ? 0 : 1),
  linear: Math.abs,
  quadratic: (apart: number) => apart ** 2,
} as const;

function placesOf(seen: readonly string[], given: readonly string[] | undefined): number[] {
  const areNumbers = seen.every((label) => label.trim() !== '' && Number.isFinite(Number(label)));
  const order = given ?? [...seen].sort((a, b) => (areNumbers ? Number(a) - Number(b) : 0) || byCodeUnit(a, b));
  return seen.map((label) => {
    const place = order.indexOf(label);
    if (place < 0) throw new RangeError(`labels: expected all labels that are seen. Found none of ${quote(label)}.`);
    return place;
  });
}

/**
 * The correlation of prediction and truth: MCC = (c·s − Σ p_k t_k) / √((s² − Σ p_k²)(s² − Σ t_k²)). From −1 to 1; 0 where all predictions or all
 * truths are one label; NaN without evidence.
 *
 * Matthews, 1975; for several classes Gorodkin, "Comparing two K-category assignments by a K-category correlation coefficient", 2004.
 */
export const matthewsCorrelation = (): Metric<LabelBatch, ConfusionMatrix, number> =>
  fromConfusion('matthewsCorrelation', ({ total, right, rows, columns }) => {
    const squares = (values: readonly number[]) => total ** 2 - values.reduce((sum, value) => sum + value ** 2, 0);
    const covariance = right * total - rows.reduce((sum, row, at) => sum + row * columns[at]!, 0);
    const spread = Math.sqrt(squares(rows) * squares(columns));
    return spread === 0 ? (total === 0 ? Number.NaN : 0) : covariance / spread;
  });

type Sums = {
  readonly total: number;
  readonly right: number;
  readonly rows: readonly number[];
  readonly columns: readonly number[];
};

function fromConfusion(name: string, compute: (sums: Sums) => number): Metric<LabelBatch, ConfusionMatrix, number> {
  return {
    ...confusionMatrix(),
    name,
    compute({ counts }) {
      const rows = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
      const columns = counts.map((_, at) => counts.reduce((sum, row) => sum + row[at]!, 0));
      const right = counts.reduce((sum, row, at) => sum + row[at]!, 0);
      return compute({ total: rows.reduce((sum, row) => sum + row, 0), right, rows, columns });
    },
  };
}
