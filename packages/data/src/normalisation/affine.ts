import { moments, quantileOf } from '../table/statistics.ts';
import { mapped, type Normaliser } from './normaliser.ts';
import { trainingValues } from './training-values.ts';

/** y = (x − center) / scale + shift. */
export type AffineSpec = { readonly center: number; readonly scale: number; readonly shift: number };

const affine = (name: string, fit: (sorted: Float64Array) => AffineSpec): Normaliser<AffineSpec> => ({
  name,
  fit: (training) => {
    const { center, scale, shift } = fit(trainingValues(training, name));
    // a spread below what float64 resolves is none, and one above it has no number
    const usable = scale > Math.abs(center) * 1e-14 && Number.isFinite(1 / scale) && Number.isFinite(scale);
    return { center, scale: usable ? scale : 1, shift };
  },
  apply: (values, { center, scale, shift }) => mapped(values, (x) => (x - center) / scale + shift),
  invert: (values, { center, scale, shift }) => mapped(values, (y) => (y - shift) * scale + center),
});

/** Standard scores: (x − mean) / σ, σ divided by n. */
export function zScore(): Normaliser<AffineSpec> {
  return affine('zScore', (sorted) => {
    const { mean, deviation } = moments(sorted);
    return { center: mean, scale: deviation, shift: 0 };
  });
}

/**
 * The training range onto [low, high], by default [0, 1]: low + (high − low)·(x − min) / (max − min). Other values may lie outside.
 *
 * @throws RangeError when low is not below high.
 */
export function minMax({
  low = 0,
  high = 1,
}: {
  readonly low?: number;
  readonly high?: number;
} = {}): Normaliser<AffineSpec> {
  if (!(low < high)) throw new RangeError(`minMax: expected low below high. Found ${low} and ${high}.`);
  return affine('minMax', (sorted) => ({
    center: sorted[0]!,
    scale: (sorted[sorted.length - 1]! - sorted[0]!) / (high - low),
    shift: low,
  }));
}

/** (x − median) / (Q3 − Q1): outliers move neither. */
export function robust(): Normaliser<AffineSpec> {
  return affine('robust', (sorted) => ({
    center: quantileOf(sorted, 0.5),
    scale: quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25),
    shift: 0,
  }));
}

/** x / max |x|: 0 stays 0, which keeps sparse columns sparse. */
export function maxAbs(): Normaliser<AffineSpec> {
  return affine('maxAbs', (sorted) => ({
    center: 0,
    scale: Math.max(Math.abs(sorted[0]!), Math.abs(sorted[sorted.length - 1]!)),
    shift: 0,
  }));
}
