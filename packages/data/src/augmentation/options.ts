import { quote, type Words } from '@polytask/base';

/** A number, or the ends of an interval to draw from uniformly. */
export type Span = number | readonly [low: number, high: number];

/** The ends of a span. @throws RangeError unless they are numbers in order within the limits. */
export function ends(name: string, span: Span, least: number, most: number): readonly [number, number] {
  const pair = (typeof span === 'number' ? [span, span] : span) as readonly unknown[];
  const [low, high] = Array.isArray(pair) ? pair : [];
  if (!(pair.length === 2 && isNumber(low) && isNumber(high) && low >= least && low <= high && high <= most))
    throw new RangeError(
      `${name}: expected a number from ${least} to ${most}, or [low, high] within. Found ${quote(span)}.`,
    );
  return [low, high];
}

/** @throws RangeError unless the number is within the limits. */
export function within(name: string, value: number, least: number, most: number): number {
  if (!(isNumber(value) && value >= least && value <= most))
    throw new RangeError(`${name}: expected a number from ${least} to ${most}. Found ${quote(value)}.`);
  return value;
}

/** @throws RangeError unless the number is an integer within the limits. */
export function integerWithin(name: string, value: number, least: number, most: number): number {
  if (!(Number.isInteger(value) && value >= least && value <= most))
    throw new RangeError(`${name}: expected an integer from ${least} to ${most}. Found ${quote(value)}.`);
  return value;
}

/** @throws RangeError unless the value is one of those. */
export function oneOf<Value extends string>(name: string, value: Value, known: readonly Value[]): Value {
  if (!known.includes(value)) throw new RangeError(`${name}: expected ${known.join(' or ')}. Found ${quote(value)}.`);
  return value;
}

/** Uniform on [0, 1), 32 bits. */
export const share = (next: Words): number => next() * 2 ** -32;

/** Uniform on [low, high]; takes a word even where both are equal, so that what follows does not depend on options. */
export const draw = (next: Words, [low, high]: readonly [number, number]): number => low + share(next) * (high - low);

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value);
