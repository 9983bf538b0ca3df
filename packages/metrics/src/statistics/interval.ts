/** A range that covers the true value with probability `level`, under the method's assumptions. */
export type Interval = { readonly low: number; readonly high: number; readonly level: number };

/** Throws a RangeError unless 0 < level < 1. */
export function requireLevel(level: number): void {
  if (!(level > 0 && level < 1)) throw new RangeError(`expected a level between 0 and 1. Found ${level}.`);
}
