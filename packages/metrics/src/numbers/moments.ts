import { forEachNumber, type NumberBatch } from './number-batch.ts';

/** Means, sums of squared deviations and of products of deviations; and sums of errors. */
export type Moments = {
  readonly count: number;
  readonly meanPredicted: number;
  readonly meanActual: number;
  readonly squaresPredicted: number;
  readonly squaresActual: number;
  readonly products: number;
  readonly absoluteErrors: number;
  readonly squaredErrors: number;
};

export const noMoments: Moments = {
  count: 0,
  meanPredicted: 0,
  meanActual: 0,
  squaresPredicted: 0,
  squaresActual: 0,
  products: 0,
  absoluteErrors: 0,
  squaredErrors: 0,
};

export function momentsOf(batch: NumberBatch): Moments {
  let moments = noMoments;
  forEachNumber(batch, (predicted, actual) => {
    moments = mergeMoments(moments, {
      ...noMoments,
      count: 1,
      meanPredicted: predicted,
      meanActual: actual,
      absoluteErrors: Math.abs(predicted - actual),
      squaredErrors: (predicted - actual) ** 2,
    });
  });
  return moments;
}

/** Chan, Golub & LeVeque, "Updating Formulae and a Pairwise Algorithm for Computing Sample Variances", 1979. */
export function mergeMoments(left: Moments, right: Moments): Moments {
  if (left.count === 0) return right;
  if (right.count === 0) return left;
  const count = left.count + right.count;
  const predicted = right.meanPredicted - left.meanPredicted;
  const actual = right.meanActual - left.meanActual;
  const share = (left.count * right.count) / count;
  return {
    count,
    meanPredicted: left.meanPredicted + (predicted * right.count) / count,
    meanActual: left.meanActual + (actual * right.count) / count,
    squaresPredicted: left.squaresPredicted + right.squaresPredicted + predicted ** 2 * share,
    squaresActual: left.squaresActual + right.squaresActual + actual ** 2 * share,
    products: left.products + right.products + predicted * actual * share,
    absoluteErrors: left.absoluteErrors + right.absoluteErrors,
    squaredErrors: left.squaredErrors + right.squaredErrors,
  };
}
