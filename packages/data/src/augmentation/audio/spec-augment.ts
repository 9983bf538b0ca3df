import { type HostTensor, integer, type Words, words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { integerWithin, oneOf, share, within } from '../options.ts';

export type SpecAugmentOptions = {
  /** How many bands of frequencies are masked. Default: 2. */
  readonly frequencyMasks?: number;
  /** The widest of them: widths are uniform on 0 … F. Default: 27. */
  readonly frequencyWidth?: number;
  /** How many stretches of time are masked. Default: 2. */
  readonly timeMasks?: number;
  /** The longest of them in frames: lengths are uniform on 0 … T. Default: 100. */
  readonly timeWidth?: number;
  /** The longest as a share of all frames. Default: 0.2. */
  readonly timeShare?: number;
  /** How many frames a point of time is moved at most, what is before and after being stretched. Default: 0, none. */
  readonly timeWarp?: number;
  /** What masks are filled with: the mean of the features, or 0 for features that were normalised. Default: mean. */
  readonly fill?: 'mean' | 'zero';
};

/**
 * Masks bands and stretches of log-mel features [frames, bands], and if wanted warps their time first: piecewise linearly, a point of
 * [W, frames − W) moved by up to W.
 *
 * Park et al., "SpecAugment", Interspeech 2019, whose LibriSpeech policies have F = 27 and T = 100.
 *
 * @throws RangeError when an option is out of range; applied, for what is no matrix of finite float32.
 */
export function specAugment({
  frequencyMasks = 2,
  frequencyWidth = 27,
  timeMasks = 2,
  timeWidth = 100,
  timeShare = 0.2,
  timeWarp = 0,
  fill = 'mean',
}: SpecAugmentOptions = {}): Augmentation<HostTensor<'float32'>> {
  for (const [name, value] of Object.entries({ frequencyMasks, timeMasks })) integerWithin(name, value, 0, 1000);
  for (const [name, value] of Object.entries({ frequencyWidth, timeWidth, timeWarp }))
    integerWithin(name, value, 0, 1e6);
  within('timeShare', timeShare, 0, 1);
  oneOf('fill', fill, ['mean', 'zero']);
  return {
    name: 'specAugment',
    options: { frequencyMasks, frequencyWidth, timeMasks, timeWidth, timeShare, timeWarp, fill },
    touches: timeWarp > 0 ? ['detail', 'timing', 'tempo'] : ['detail'],
    apply(features, key) {
      const [frames, bands] = sizes(features);
      const next = words(key);
      const filling = fill === 'zero' || features.data.length === 0 ? 0 : mean(features.data);
      const data = timeWarp > 0 ? warped(features.data, frames, bands, timeWarp, next) : features.data.slice();
      for (let mask = 0; mask < frequencyMasks; mask++) {
        const [from, to] = stretch(next, bands, Math.min(frequencyWidth, bands));
        for (let frame = 0; frame < frames; frame++) data.fill(filling, frame * bands + from, frame * bands + to);
      }
      for (let mask = 0; mask < timeMasks; mask++) {
        const [from, to] = stretch(next, frames, Math.min(timeWidth, Math.floor(timeShare * frames)));
        data.fill(filling, from * bands, to * bands);
      }
      return { ...features, data };
    },
  };
}

function sizes({ dtype, shape, data }: HostTensor<'float32'>): readonly [frames: number, bands: number] {
  const [frames, bands] = shape as [number, number];
  if (dtype !== 'float32' || shape.length !== 2 || data.length !== frames * bands)
    throw new RangeError(`Expected features, float32 [frames, bands]. Found ${dtype} [${shape.join(', ')}].`);
  const bad = data.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0)
    throw new RangeError(`Expected finite features. Found ${data[bad]} in frame ${Math.floor(bad / bands)}.`);
  return [frames, bands];
}

/** A stretch of 0 to `most` places, anywhere in `length`. */
function stretch(next: Words, length: number, most: number): readonly [from: number, to: number] {
  const width = integer(next, most + 1);
  const from = integer(next, length - width + 1);
  return [from, from + width];
}

function warped(data: Float32Array, frames: number, bands: number, most: number, next: Words): Float32Array {
  const reach = Math.min(most, Math.floor((frames - 1) / 2));
  const [where, how] = [share(next), share(next)];
  if (reach < 1) return data.slice();
  // the frame `point` becomes the frame `moved`; the first and the last stay
  const point = reach + Math.floor(where * (frames - 2 * reach));
  const moved = Math.max(1, Math.min(frames - 2, point + (2 * how - 1) * reach));
  const result = new Float32Array(data.length);
  const last = frames - 1;
  for (let frame = 0; frame < frames; frame++) {
    const from = frame <= moved ? (frame * point) / moved : point + ((frame - moved) * (last - point)) / (last - moved);
    const before = Math.min(last, Math.floor(from));
    const after = Math.min(last, before + 1);
    const part = from - before;
    for (let band = 0; band < bands; band++)
      result[frame * bands + band] = (1 - part) * data[before * bands + band]! + part * data[after * bands + band]!;
  }
  return result;
}

function mean(data: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < data.length; at++) sum += data[at]!;
  return sum / data.length;
}
