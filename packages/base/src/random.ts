import { type Key, threefry } from './key.ts';

/** A generator of uniform 32-bit words. */
export type Words = () => number;

/**
 * Where the stream of a key begins: the state of sfc32 (Doty-Humphrey, PractRand), its 128 bits drawn with Threefry.
 */
function streamOf(source: Key): Int32Array {
  const state = Int32Array.of(...threefry(source.key, [0, 0]), ...threefry(source.key, [1, 0]));
  draw(state, new Int32Array(12)); // warm-up
  return state;
}

/** Fills `target` with the next words of a stream. Its state is in variables meanwhile: in a closure, each word costs several times as much. */
function draw(state: Int32Array, target: Int32Array): void {
  // one by one: taken apart from a list they are no integers to V8, and the loop takes three times as long
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  for (let i = 0; i < target.length; i++) {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    target[i] = sum;
  }
  state.set([a, b, c, d]);
}

/** The stream of a key, word by word. */
export function words(source: Key): Words {
  const state = streamOf(source);
  const block = new Int32Array(64);
  let used = block.length;
  return () => {
    if (used === block.length) {
      draw(state, block);
      used = 0;
    }
    return block[used++]! >>> 0;
  };
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
  const state = streamOf(source);
  const block = new Int32Array(2048);
  for (let start = 0; start < count; start += 2 * block.length) {
    draw(state, block);
    const pairs = Math.min(block.length, (count - start) >> 1);
    for (let pair = 0; pair < pairs; pair++) {
      const word = block[pair]!;
      target[start + 2 * pair] = isAtLeast(word & 0xffff, threshold);
      target[start + 2 * pair + 1] = isAtLeast(word >>> 16, threshold);
    }
    if (pairs < block.length && count % 2 === 1) target[count - 1] = isAtLeast(block[pairs]! & 0xffff, threshold);
  }
  return target;
}

/** 1 or 0, of numbers below 2³¹, from the sign of a difference: a branch that nothing predicts costs several times as much. */
const isAtLeast = (value: number, threshold: number): number => (threshold - 1 - value) >>> 31;

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

/**
 * The logarithm of a Gamma(a, 1) variable, a > 0: the variable itself may underflow for a small a. Dirichlet and Beta variables are made of it.
 *
 * Marsaglia & Tsang, "A Simple Method for Generating Gamma Variables", ACM Trans. Math. Softw. 2000; below a = 1, G(a) = G(a + 1)·U^(1/a).
 */
export function logGamma(next: Words, a: number): number {
  const open = () => (next() + 0.5) * 2 ** -32;
  const [d, boost] = a >= 1 ? [a - 1 / 3, 0] : [a + 2 / 3, Math.log(open()) / a];
  const c = 1 / Math.sqrt(9 * d);
  while (true) {
    const x = Math.sqrt(-2 * Math.log(open())) * Math.cos(2 * Math.PI * open());
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(open()) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v) + boost;
  }
}
