import { quote } from '@polytask/base';

/** @throws RangeError unless `value` is an integer ≥ `least`. */
export function requireCount(name: string, value: number, least = 1): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new RangeError(`${name}: expected an integer ≥ ${least}. Found ${quote(value)}.`);
}

/** @throws RangeError unless `value` is finite and from `least` to `most`. */
export function requireNumber(name: string, value: number, least: number, most = Number.POSITIVE_INFINITY): void {
  if (Number.isFinite(value) && value >= least && value <= most) return;
  const range = most === Number.POSITIVE_INFINITY ? `≥ ${least}` : `from ${least} to ${most}`;
  throw new RangeError(`${name}: expected a finite number ${range}. Found ${quote(value)}.`);
}

/** @throws RangeError unless the names are there and differ. */
export function requireNames(name: string, values: readonly string[]): void {
  if (values.length === 0) throw new RangeError(`${name}: expected at least one. Found none.`);
  const twice = values.find((value, at) => values.indexOf(value) !== at);
  if (twice !== undefined) throw new RangeError(`${name}: expected different names. Found ${quote(twice)} twice.`);
}
