/**
 * A key names a stream of random numbers. It is data: it can be stored, compared and sent.
 *
 * The same key always gives the same numbers, on every device; `fold` derives independent keys, so no two uses share a stream.
 */
export type Key = { readonly key: readonly [number, number] };

/**
 * Threefry-2x32 with 20 rounds: a keyed bijection on pairs of 32-bit words.
 *
 * Salmon, Moraes, Dror & Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
 */
export function threefry([k0, k1]: readonly [number, number], [c0, c1]: readonly [number, number]): [number, number] {
  const k2 = 0x1bd11bda ^ k0 ^ k1;
  const keys = [k0, k1, k2] as const;
  const rotations = [13, 15, 26, 6, 17, 29, 16, 24] as const;
  let x0 = (c0 + k0) | 0;
  let x1 = (c1 + k1) | 0;
  for (let round = 0; round < 20; round++) {
    const r = rotations[round % 8]!;
    x0 = (x0 + x1) | 0;
    x1 = ((x1 << r) | (x1 >>> (32 - r))) ^ x0;
    if (round % 4 === 3) {
      const injection = (round + 1) / 4;
      x0 = (x0 + keys[(injection % 3) as 0 | 1 | 2]) | 0;
      x1 = (x1 + keys[((injection + 1) % 3) as 0 | 1 | 2] + injection) | 0;
    }
  }
  return [x0 >>> 0, x1 >>> 0];
}

/** FNV-1a over UTF-16 code units, 32 bits. */
function hashString(text: string, basis: number): number {
  let hash = basis;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** The root key of a seed. */
export function key(seed: number): Key {
  if (!Number.isSafeInteger(seed)) throw new RangeError(`A seed is an integer. Found ${seed}.`);
  return { key: threefry([0x706f6c79, 0x7461736b], [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]) };
}

/** An independent key derived from `parent` and a label: the name of a use, or the number of a step. */
export function fold(parent: Key, label: string | number): Key {
  const counter: [number, number] =
    typeof label === 'number'
      ? [label >>> 0, (Math.floor(label / 2 ** 32) ^ 0x5bd1e995) >>> 0]
      : [hashString(label, 0x811c9dc5), hashString(label, 0x9747b28c)];
  return { key: threefry(parent.key, counter) };
}

/** `count` independent keys. */
export function split(parent: Key, count: number): Key[] {
  return Array.from({ length: count }, (_, index) => fold(parent, index));
}

export function isKey(value: unknown): value is Key {
  return typeof value === 'object' && value !== null && Array.isArray((value as Key).key);
}
