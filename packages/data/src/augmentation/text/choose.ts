import { integer, type Words } from '@polytask/base';
import { share } from '../options.ts';

/** Which of `count` items are left: each is dropped with probability `rate`, but one is always left where there are any. */
export function keptItems(next: Words, count: number, rate: number): number[] {
  const kept: number[] = [];
  for (let at = 0; at < count; at++) if (share(next) >= rate) kept.push(at);
  return kept.length === 0 && count > 0 ? [integer(next, count)] : kept;
}

/**
 * An order of `count` items in which each, with probability `rate`, has changed places with one of the next `distance`; none moves twice.
 */
export function swappedOrder(next: Words, count: number, rate: number, distance: number): number[] {
  const order = Array.from({ length: count }, (_, at) => at);
  const moved = new Uint8Array(count);
  for (let at = 0; at + 1 < count; at++) {
    if (share(next) >= rate) continue;
    const other = at + 1 + integer(next, Math.min(distance, count - 1 - at));
    if (moved[at] || moved[other]) continue;
    [order[at], order[other]] = [other, at];
    moved[at] = moved[other] = 1;
  }
  return order;
}
