import { sortedPresent } from '../table/statistics.ts';
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
 * The edges of at most `bins` pieces: every distinct value where they suffice; else values at equal steps of a mixture, half of it all values and
 * half the distinct ones, so that a column of mostly zeros is not one piece.
 */
export function fitPiecewise(training: Float64Array, { bins = 64, scale }: PiecewiseEncoding): PiecewiseSpec {
  if (!(Number.isInteger(bins) && bins >= 2))
    throw new RangeError(`bins: expected an integer of at least 2. Found ${bins}.`);
  const sorted = sortedPresent(training);
  const counts = new Map<number, number>();
  for (const value of sorted) counts.set(value, (counts.get(value) ?? 0) + 1);
  const edges: number[] = [];
  let below = 0;
  for (const [value, count] of counts) {
    if (counts.size <= bins + 1 || below >= edges.length / bins) edges.push(value + 0);
    below += 0.5 * (count / sorted.length + 1 / counts.size);
  }
  const last = sorted.at(-1);
  if (last !== undefined && edges.at(-1) !== last) edges.length > bins ? edges.splice(-1, 1, last) : edges.push(last);
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
