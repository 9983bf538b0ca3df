import { type HostTensor, hostTensor } from '@polytask/base';

export type PadOptions = {
  /** Allowed widths, ascending: the batch gets the smallest that holds its longest list. Longer lists are cut at the largest. */
  readonly widths: readonly number[];
  /** The number of rows of the batch; rows beyond the lists have length 0. Default: the number of lists. */
  readonly rows?: number;
  /** What fills the space. Default: 0. */
  readonly pad?: number;
};

export type PaddedBatch = {
  /** [rows, width] */
  readonly ids: HostTensor<'int32'>;
  /** [rows], at most the width */
  readonly lengths: HostTensor<'int32'>;
  /** How many lists were cut. */
  readonly truncated: number;
};

/**
 * Lists of ids as one tensor of a repeating shape.
 *
 * @throws RangeError when `widths` is not ascending or there are more lists than rows.
 */
export function padBatch(
  lists: readonly Int32Array[],
  { widths, rows = lists.length, pad = 0 }: PadOptions,
): PaddedBatch {
  const ascending = widths.every((width, at) => Number.isInteger(width) && width > (widths[at - 1] ?? 0));
  if (widths.length === 0 || !ascending)
    throw new RangeError(`widths: expected ascending integers. Found [${widths.join(', ')}].`);
  if (lists.length > rows) throw new RangeError(`rows: expected at least ${lists.length}. Found ${rows}.`);
  const largest = widths.at(-1)!;
  const longest = lists.reduce((length, list) => Math.max(length, list.length), 0);
  const width = widths.find((candidate) => candidate >= longest) ?? largest;
  const ids = new Int32Array(rows * width).fill(pad);
  const lengths = new Int32Array(rows);
  let truncated = 0;
  lists.forEach((list, at) => {
    const length = Math.min(list.length, width);
    if (length < list.length) truncated++;
    ids.set(list.subarray(0, length), at * width);
    lengths[at] = length;
  });
  return { ids: hostTensor('int32', [rows, width], ids), lengths: hostTensor('int32', [rows], lengths), truncated };
}
