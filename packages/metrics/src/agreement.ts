import { type ConfusionMatrix, confusionMatrix } from './confusion-matrix.ts';
import type { LabelBatch } from './label-batch.ts';
import type { Metric } from './metric.ts';

/**
 * Agreement beyond chance: κ = (p_o − p_e) / (1 − p_e), p_e = Σ_c n_c· n_·c / n². From −1 to 1; NaN without evidence and where chance explains all.
 *
 * Cohen, "A coefficient of agreement for nominal scales", 1960.
 */
export const cohenKappa = (): Metric<LabelBatch, ConfusionMatrix, number> =>
  fromConfusion('cohenKappa', ({ total, right, rows, columns }) => {
    const chance = rows.reduce((sum, row, at) => sum + row * columns[at]!, 0) / total ** 2;
    return (right / total - chance) / (1 - chance);
  });

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
