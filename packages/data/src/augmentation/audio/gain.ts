import { words } from '@polytask/base';
import type { Sound } from '../../audio/wav.ts';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, type Span } from '../options.ts';
import { lengthOfSound } from './sounds.ts';

export type GainOptions = {
  /** Default: [−6, 6]. */
  readonly decibels?: Span;
};

/**
 * Makes a sound louder or softer: 10^(g/20)·x. Samples may leave [−1, 1].
 *
 * @throws RangeError when the gain is not from −120 to 120 dB; applied, for samples that are not finite.
 */
export function gain({ decibels = [-6, 6] }: GainOptions = {}): Augmentation<Sound> {
  const span = ends('decibels', decibels, -120, 120);
  return {
    name: 'gain',
    options: { decibels: span },
    touches: ['loudness'],
    apply(sound, key) {
      lengthOfSound(sound);
      const factor = 10 ** (draw(words(key), span) / 20);
      return { ...sound, channels: sound.channels.map((channel) => channel.map((value) => factor * value)) };
    },
  };
}
