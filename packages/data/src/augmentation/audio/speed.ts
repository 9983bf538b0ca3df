import { words } from '@polytask/base';
import { resampleSound } from '../../audio/resample-sound.ts';
import type { Sound } from '../../audio/wav.ts';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, type Span } from '../options.ts';
import { lengthOfSound } from './sounds.ts';

export type SpeedOptions = {
  /** Above 1: faster, shorter and higher. Drawn in hundredths. Default: [0.9, 1.1]. */
  readonly factor?: Span;
};

/**
 * Plays a sound faster or slower: ⌈N / f⌉ samples, all frequencies times f. Tempo and pitch change together, which tasks on voices and
 * feelings may not like.
 *
 * Ko et al., "Audio Augmentation for Speech Recognition", Interspeech 2015.
 *
 * @throws RangeError when the factor is not from 0.25 to 4; applied, for samples that are not finite.
 */
export function speed({ factor = [0.9, 1.1] }: SpeedOptions = {}): Augmentation<Sound> {
  const span = ends('factor', factor, 0.25, 4);
  return {
    name: 'speed',
    options: { factor: span },
    touches: ['tempo', 'pitch', 'timing'],
    apply(sound, key) {
      lengthOfSound(sound);
      const hundredths = Math.round(draw(words(key), span) * 100);
      return { ...sound, channels: sound.channels.map((channel) => resampleSound(channel, hundredths, 100)) };
    },
  };
}
