import { type Key, permutation } from '@polytask/base';

/** Which bucket each example is in, and the lengths of the buckets. */
export type Packing = { readonly numbers: Uint32Array; readonly buckets: readonly number[] };

/**
 * ⌈n / size⌉ batches of an order of examples, always as many, whatever lengths were drawn.
 *
 * With buckets, examples of one bucket share a batch, the rest of a bucket goes on with the next longer one, and the batches come in random
 * order. Without, the order stays.
 */
export function packBatches(
  order: ArrayLike<number>,
  size: number,
  packing: Packing | undefined,
  key: Key,
): { readonly indexes: Uint32Array; readonly bucket?: number }[] {
  const batches: { indexes: Uint32Array; bucket?: number }[] = [];
  if (!packing) {
    const all = Uint32Array.from(order);
    for (let start = 0; start < all.length; start += size) batches.push({ indexes: all.slice(start, start + size) });
    return batches;
  }
  const { numbers, buckets } = packing;
  const open: number[][] = buckets.map(() => []);
  const close = (indexes: readonly number[], number: number) =>
    batches.push({ indexes: Uint32Array.from(indexes), bucket: buckets[number]! });
  for (let at = 0; at < order.length; at++) {
    const number = numbers[order[at]!]!;
    const list = open[number]!;
    list.push(order[at]!);
    if (list.length < size) continue;
    close(list, number);
    open[number] = [];
  }
  const rest: number[] = [];
  for (const [number, list] of open.entries()) {
    rest.push(...list);
    if (rest.length >= size) close(rest.splice(0, size), number);
  }
  // the longest of the rest tells its length
  if (rest.length > 0) close(rest, Math.max(...rest.map((index) => numbers[index]!)));
  return Array.from(permutation(key, batches.length), (at) => batches[at]!);
}
