import { quote, type Shape } from '@polytask/base';

/** @throws RangeError unless `value` is a positive integer. */
export function requirePositive(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1)
    throw new RangeError(`${name}: expected a positive integer. Found ${quote(value)}.`);
}

/**
 * The size of the last axis.
 *
 * @throws RangeError when there is none or it is empty.
 */
export function lastAxis(layer: string, inputShape: Shape): number {
  const size = inputShape.at(-1);
  if (size === undefined || size < 1) {
    throw new RangeError(`${layer}: expected an input with a last axis of features. Found shape ${quote(inputShape)}.`);
  }
  return size;
}
