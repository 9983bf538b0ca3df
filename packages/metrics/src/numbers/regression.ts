import type { Metric } from '../metric.ts';
import { type Moments, mergeMoments, momentsOf, noMoments } from './moments.ts';
import type { NumberBatch } from './number-batch.ts';

type NumberMetric = Metric<NumberBatch, Moments, number>;

const fromMoments = (
  name: string,
  direction: NumberMetric['direction'],
  compute: (moments: Moments) => number,
): NumberMetric => ({ name, direction, empty: noMoments, observe: momentsOf, merge: mergeMoments, compute });

/** (1/n) Σ (y − t)², in the square of the labels' unit. NaN without evidence. */
export const meanSquaredError = (): NumberMetric =>
  fromMoments('meanSquaredError', 'down', ({ squaredErrors, count }) => squaredErrors / count);

/** √((1/n) Σ (y − t)²), in the labels' unit. NaN without evidence. */
export const rootMeanSquaredError = (): NumberMetric =>
  fromMoments('rootMeanSquaredError', 'down', ({ squaredErrors, count }) => Math.sqrt(squaredErrors / count));

/** (1/n) Σ |y − t|, in the labels' unit. NaN without evidence. */
export const meanAbsoluteError = (): NumberMetric =>
  fromMoments('meanAbsoluteError', 'down', ({ absoluteErrors, count }) => absoluteErrors / count);

/** R² = 1 − Σ (y − t)² / Σ (t − t̄)². 1 is perfect, 0 is the mean's, below that is worse; NaN for fewer than two labels or equal ones. */
export const r2Score = (): NumberMetric =>
  fromMoments('r2Score', 'up', ({ squaredErrors, squaresActual, count }) =>
    count < 2 || squaresActual === 0 ? Number.NaN : 1 - squaredErrors / squaresActual,
  );

/** 1 − Var(t − y) / Var(t): R² that forgives a constant error. NaN as R² is. */
export const explainedVariance = (): NumberMetric =>
  fromMoments('explainedVariance', 'up', ({ squaresActual, squaresPredicted, products, count }) =>
    count < 2 || squaresActual === 0
      ? Number.NaN
      : 1 - (squaresActual + squaresPredicted - 2 * products) / squaresActual,
  );

/** Pearson's r = cov(y, t) / (σ_y σ_t), from −1 to 1. NaN for fewer than two examples, or where either side is constant. */
export const pearsonCorrelation = (): NumberMetric =>
  fromMoments('pearsonCorrelation', 'up', ({ products, squaresActual, squaresPredicted }) =>
    squaresActual === 0 || squaresPredicted === 0
      ? Number.NaN
      : Math.max(-1, Math.min(1, products / Math.sqrt(squaresActual * squaresPredicted))),
  );
