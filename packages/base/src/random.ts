import { type Key, threefry } from './key.ts';

/** A generator of uniform 32-bit words. */
export type Words = () => number;

/**
 * The stream of a key: sfc32 (Doty-Humphrey, PractRand), its 128 bits of state drawn with Threefry.
 *
 * About 2 ns a word: bulk draws such as dropout masks must not cost a training step.
 */
export function words(source: Key): Words {
  let [a, b] = threefry(source.key, [0, 0]);
  let [c, d] = threefry(source.key, [1, 0]);
  const next = () => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return sum >>> 0;
  };
  for (let warmUp = 0; warmUp < 12; warmUp++) next();
  return next;
}

/** `count` numbers uniform on [0, 1), multiples of 2⁻²⁴ and so exact in float32. */
export function uniform(source: Key, count: number): Float32Array {
  const next = words(source);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) values[i] = (next() >>> 8) * 2 ** -24;
  return values;
}

/** `count` standard normal numbers (Box & Muller 1958). */
export function normal(source: Key, count: number): Float32Array {
  const next = words(source);
  const values = new Float32Array(count);
  for (let i = 0; i < count; i += 2) {
    const radius = Math.sqrt(-2 * Math.log((next() + 1) * 2 ** -32));
    const angle = 2 * Math.PI * next() * 2 ** -32;
    values[i] = radius * Math.cos(angle);
    if (i + 1 < count) values[i + 1] = radius * Math.sin(angle);
  }
  return values;
}

/**
 * `count` bytes, each 0 with probability `rate` and 1 otherwise: the mask of dropout.
 *
 * `rate` is rounded to a multiple of 2⁻¹⁶; see `keepProbability`. Writes into `target` when it is given.
 */
export function keepMask(
  source: Key,
  count: number,
  rate: number,
  target: Uint8Array = new Uint8Array(count),
): Uint8Array {
  const threshold = Math.round(rate * 65536);
  const next = words(source);
  let i = 0;
  for (; i + 1 < count; i += 2) {
    const word = next();
    target[i] = (word & 0xffff) >= threshold ? 1 : 0;
    target[i + 1] = word >>> 16 >= threshold ? 1 : 0;
  }
  if (i < count) target[i] = (next() & 0xffff) >= threshold ? 1 : 0;
  return target;
}

/** The exact probability with which `keepMask` writes 1. */
export function keepProbability(rate: number): number {
  return 1 - Math.round(rate * 65536) / 65536;
}

/** An integer uniform on [0, bound), bound ≤ 2³², without bias (Lemire 2019, by rejection). */
export function integer(next: Words, bound: number): number {
  const limit = 2 ** 32 - (2 ** 32 % bound);
  let word = next();
  while (word >= limit) word = next();
  return word % bound;
}

/** A uniform permutation of 0 … count − 1 (Fisher & Yates 1938, Durstenfeld 1964). */
export function permutation(source: Key, count: number): Uint32Array {
  const next = words(source);
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  for (let i = count - 1; i > 0; i--) {
    const j = integer(next, i + 1);
    const kept = order[i]!;
    order[i] = order[j]!;
    order[j] = kept;
  }
  return order;
}
