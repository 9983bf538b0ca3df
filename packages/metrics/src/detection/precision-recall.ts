import { quote } from '@polytask/base';

/** The recalls that precision is read at: everywhere, or at 11 or 101 equally distant ones. */
export type Interpolation = 'all' | 11 | 101;

export function checkInterpolation(interpolation: Interpolation): void {
  if (interpolation !== 'all' && interpolation !== 11 && interpolation !== 101)
    throw new RangeError(`interpolation: expected "all", 11 or 101. Found ${quote(interpolation)}.`);
}

/**
 * The area under the precision–recall curve, precision at recall r being the highest at r or beyond: ∫ max_{r′ ≥ r} p(r′) dr, or its mean over 11 or
 * 101 recalls.
 *
 * @param right whether each detection is right, from the highest score on.
 * @param positives how many boxes there are to find; NaN for 0.
 */
export function interpolatedPrecision(
  right: readonly boolean[],
  positives: number,
  interpolation: Interpolation,
): number {
  if (positives === 0) return Number.NaN;
  let found = 0;
  const recalls: number[] = [];
  const precisions: number[] = [];
  for (const [at, isRight] of right.entries()) {
    if (isRight) found += 1;
    recalls.push(found / positives);
    precisions.push(found / (at + 1));
  }
  for (let at = precisions.length - 2; at >= 0; at--) precisions[at] = Math.max(precisions[at]!, precisions[at + 1]!);
  if (interpolation === 'all')
    return recalls.reduce((area, recall, at) => area + (recall - (recalls[at - 1] ?? 0)) * precisions[at]!, 0);
  let [sum, at] = [0, 0];
  for (let step = 0; step < interpolation; step++) {
    // the reference programs' own steps: 0.1 · 3 is a last bit more than 3/10
    const recall = step * (1 / (interpolation - 1));
    while (at < recalls.length && recalls[at]! < recall) at++;
    sum += precisions[at] ?? 0;
  }
  return sum / interpolation;
}
