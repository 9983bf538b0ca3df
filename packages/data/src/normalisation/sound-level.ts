/**
 * One recording at a stated level: its peak, or its root mean square, becomes `level` (default 1 for `peak`, 0.1 for `rms`).
 *
 * With `rms` the gain is held back so that no sample leaves [−1, 1]. Silence stays silence.
 *
 * @throws RangeError when the level is not above 0 and at most 1.
 */
export function normaliseLevel(
  samples: Float32Array,
  { by = 'peak', level = by === 'peak' ? 1 : 0.1 }: { readonly by?: 'peak' | 'rms'; readonly level?: number } = {},
): Float32Array {
  if (!(level > 0 && level <= 1)) throw new RangeError(`level: expected above 0, at most 1. Found ${level}.`);
  let peak = 0;
  let squares = 0;
  for (let at = 0; at < samples.length; at++) {
    const value = Math.abs(samples[at]!);
    if (value > peak) peak = value;
    squares += value * value;
  }
  if (peak === 0) return samples.slice();
  const gain = by === 'peak' ? level / peak : Math.min(level / Math.sqrt(squares / samples.length), 1 / peak);
  return samples.map((value) => value * gain);
}
