import { type AffineSpec, maxAbs, minMax, robust, zScore } from '../normalisation/affine.ts';
import { mapped, type Normaliser } from '../normalisation/normaliser.ts';
import { yeoJohnson } from '../normalisation/power.ts';
import { quantileRank } from '../normalisation/quantile-rank.ts';
import type { JsonValue } from '../sources/types.ts';
import { quantileOf, sortedPresent } from '../table/statistics.ts';
import type { ColumnEncoding, EncodedColumn } from './encoding.ts';

type NumberEncoding = ColumnEncoding & { readonly type: 'number' };
export type NumberSpec = {
  readonly type: 'number';
  readonly scale: NonNullable<NumberEncoding['scale']>;
  readonly fitted: JsonValue;
  /** What stands in for a missing value. */
  readonly median: number;
  readonly flag: boolean;
};

const identity: Normaliser<AffineSpec> = {
  name: 'none',
  fit: () => ({ center: 0, scale: 1, shift: 0 }),
  apply: (values) => mapped(values, (value) => value),
  invert: (values) => mapped(values, (value) => value),
};

function scaleOf(scale: NumberSpec['scale']): Normaliser {
  const scales = { zScore, minMax, robust, maxAbs, quantile: quantileRank, yeoJohnson, none: () => identity };
  return scales[scale]() as Normaliser;
}

export function fitNumber(training: Float64Array, { scale = 'zScore' }: NumberEncoding): NumberSpec {
  const sorted = sortedPresent(training);
  const flag = sorted.length < training.length;
  if (sorted.length === 0) return { type: 'number', scale: 'none', fitted: null, median: 0, flag };
  return {
    type: 'number',
    scale,
    fitted: scaleOf(scale).fit(sorted) as JsonValue,
    median: quantileOf(sorted, 0.5) + 0,
    flag,
  };
}

export function encodeNumber(
  name: string,
  values: Float64Array,
  { scale, fitted, median, flag }: NumberSpec,
): EncodedColumn {
  const filled = mapped(values, (value) => (Number.isFinite(value) ? value : median));
  const scaled = scaleOf(scale).apply(filled, fitted);
  return {
    names: flag ? [name, `${name} is missing`] : [name],
    write(row, target, offset) {
      target[offset] = scaled[row]!;
      if (flag) target[offset + 1] = Number.isFinite(values[row]!) ? 0 : 1;
    },
  };
}
