import { fold, integer, normal, words } from '@polytask/base';
import { resampleSound } from '../../audio/resample-sound.ts';
import { mono, type Sound } from '../../audio/wav.ts';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, type Span } from '../options.ts';
import { lengthOfSound, powerOf } from './sounds.ts';

export type SoundNoiseOptions = {
  /** The ratio of the power of the sound to that of the noise in decibels, 10 log₁₀(Pₛ/Pₙ). Default: [10, 30]. */
  readonly decibels?: Span;
  /** White noise, drawn for each channel; or a sound, of which a part that begins anywhere, going round at its end, is added to each channel. Default: white. */
  readonly noise?: 'white' | { readonly name: string; readonly sound: Sound };
};

/**
 * Adds noise at a signal-to-noise ratio, which is that of the powers of this very sound and noise. Samples may leave [−1, 1]; silence stays
 * silence, as it has no such ratio.
 *
 * @throws RangeError when the ratio is not from −60 to 120 dB or the noise is silent; applied, for samples that are not finite.
 */
export function soundNoise({ decibels = [10, 30], noise = 'white' }: SoundNoiseOptions = {}): Augmentation<Sound> {
  const span = ends('decibels', decibels, -60, 120);
  const given = noise === 'white' ? null : noise.sound;
  if (given && (lengthOfSound(given) === 0 || powerOf([mono(given)]) === 0))
    throw new RangeError('noise: expected a sound that is not silent.');
  return {
    name: 'soundNoise',
    options: { decibels: span, noise: noise === 'white' ? noise : noise.name },
    touches: ['background'],
    apply(sound, key) {
      const { sampleRate, channels } = sound;
      const length = lengthOfSound(sound);
      const signal = powerOf(channels);
      if (signal === 0) return sound;
      const next = words(key);
      const ratio = draw(next, span);
      const part = given && partOf(resampleSound(mono(given), given.sampleRate, sampleRate), length, next);
      const noises = channels.map((_, channel) => part ?? normal(fold(fold(key, 'noise'), channel), length));
      const power = powerOf(noises);
      if (power === 0) return sound; // a silent part of the noise
      const scale = Math.sqrt(signal / (power * 10 ** (ratio / 10)));
      return {
        sampleRate,
        channels: channels.map((channel, number) => channel.map((value, at) => value + scale * noises[number]![at]!)),
      };
    },
  };
}

/** As many samples, from anywhere on, going round. */
function partOf(samples: Float32Array, length: number, next: () => number): Float32Array {
  const start = integer(next, samples.length);
  return Float32Array.from({ length }, (_, at) => samples[(start + at) % samples.length]!);
}
