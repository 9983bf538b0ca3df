import { broadcast, type Emitter, type Repeated } from './kernel.ts';

/*
 * The gradient of a sum or mean is one number for many entries. Elementwise operations take that number, and what they make of such numbers
 * alone is small too: the whole tensor is written only where something else than an elementwise operation wants it.
 */

/** The smallest value that broadcasting makes `name` of: `name` itself, of this shape, where none is known. */
export const smallest = (emit: Emitter, name: string, shape: readonly number[]): Repeated =>
  emit.repeated.get(name) ?? { name, shape };

/** The result of an elementwise operation, of this shape, computed on the smallest values. */
export function elementwiseOn(
  emit: Emitter,
  given: readonly Repeated[],
  shape: readonly number[],
  compute: (...names: string[]) => string,
): string {
  const small = given.map(({ name, shape: own }) => smallest(emit, name, own));
  const result = compute(...small.map(({ name }) => name));
  const own = small.map((value) => value.shape).reduce(broadcast);
  if (String(own) === String(shape)) return result;
  const whole = emit.op('Expand', [result, emit.int64(shape)]);
  emit.repeated.set(whole, { name: result, shape: own });
  return whole;
}
