import { quantileOf, sortedPresent } from '../table/statistics.ts';
import { encodeNumber, fitNumber, type NumberSpec } from './encode-number.ts';
import type { ColumnEncoding, EncodedColumn } from './encoding.ts';

type PiecewiseEncoding = ColumnEncoding & { readonly type: 'piecewise' };
export type PiecewiseSpec = {
  readonly type: 'piecewise';
  readonly number: NumberSpec;
  /** The borders of the pieces, ascending; one more than pieces. */
  readonly edges: readonly number[];
};

/**
 * The edges of at most `bins` pieces: every distinct value where they suffice; else half of them at equal steps of the values, half at equal
 * steps of the distinct ones, so that a column of mostly zeros is not one piece.
 */
export function fitPiecewise(training: Float64Array, { bins = 64, scale }: PiecewiseEncoding): PiecewiseSpec {
  if (!(Number.isInteger(bins) && bins >= 2))
    throw new RangeError(`bins: expected an integer of at least 2. Found ${bins}.`);
  const sorted = sortedPresent(training);
  const distinct = sorted.filter((value, at) => at === 0 || value !== sorted[at - 1]);
  const half = bins >> 1;
  const steps = (values: Float64Array, count: number) =>
    Array.from({ length: count + 1 }, (_, at) => quantileOf(values, at / count) + 0);
  const all =
    distinct.length <= bins + 1 ? [...distinct] : [...steps(sorted, bins - half), ...steps(distinct, half + 1)];
  // Quantiles between equal values may differ by rounding: such a piece would be a jump.
  const least = 1e-9 * (sorted.length > 0 ? sorted.at(-1)! - sorted[0]! : 0);
  const edges: number[] = [];
  for (const edge of all.sort((a, b) => a - b)) if (!(edge - edges.at(-1)! <= least)) edges.push(edge);
  return { type: 'piecewise', number: fitNumber(training, { type: 'number', ...(scale && { scale }) }), edges };
}

/** The number on its scale, then how much of each piece lies below it, from 0 to 1; the median where it is missing. */
export function encodePiecewise(name: string, values: Float64Array, { number, edges }: PiecewiseSpec): EncodedColumn {
  const { names, write } = encodeNumber(name, values, number);
  const pieces = edges.slice(1).map((to, at) => ({ from: edges[at]!, to }));
  return {
    names: [...names, ...pieces.map(({ from, to }) => `${name} from ${from} to ${to}`)],
    write(row, target, offset) {
      write(row, target, offset);
      const value = Number.isFinite(values[row]!) ? values[row]! : number.median;
      for (let at = 0, place = offset + names.length; at < pieces.length; at++, place++) {
        const { from, to } = pieces[at]!;
        if (value <= from) break;
        target[place] = value >= to ? 1 : (value - from) / (to - from);
      }
    },
  };
}
