import { fold, type Key, uniform } from '@polytask/base';

/**
 * What comes from a stream in a random order, with only `size` of it in memory.
 *
 * The buffer is filled; then a place in it, drawn uniformly, is handed out and taken by what comes next. What stands at n comes out at
 * n − size at the earliest, so that streams sorted by label want a large buffer. The same key gives the same order; reading again with
 * `skip` goes on where a reader stopped after so many.
 *
 * @param size how much is held, at least 1; 1 keeps the order.
 * @throws RangeError when `size` or `skip` are out of range.
 */
export async function* shuffleBuffer<Item>(
  source: AsyncIterable<Item>,
  { key, size, skip = 0 }: { readonly key: Key; readonly size: number; readonly skip?: number },
): AsyncGenerator<Item> {
  if (!(Number.isInteger(size) && size >= 1)) throw new RangeError(`size: expected an integer ≥ 1. Found ${size}.`);
  if (!(Number.isInteger(skip) && skip >= 0)) throw new RangeError(`skip: expected an integer ≥ 0. Found ${skip}.`);
  const place = places(key);
  const held: Item[] = [];
  let given = 0;
  for await (const item of source) {
    if (held.length < size) {
      held.push(item);
      continue;
    }
    const at = place(size);
    const next = held[at]!;
    held[at] = item;
    if (given++ >= skip) yield next;
  }
  while (held.length > 0) {
    const at = place(held.length);
    const next = held[at]!;
    held[at] = held.at(-1)!;
    held.pop();
    if (given++ >= skip) yield next;
  }
}

const drawn = 1024;

function places(key: Key): (below: number) => number {
  let block = uniform(fold(key, 0), drawn);
  let count = 0;
  return (below) => {
    if (count > 0 && count % drawn === 0) block = uniform(fold(key, count / drawn), drawn);
    return Math.min(below - 1, Math.floor(block[count++ % drawn]! * below));
  };
}
