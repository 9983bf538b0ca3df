import { words } from '@polytask/base';
import type { Sound } from '../../audio/wav.ts';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, type Span } from '../options.ts';
import { lengthOfSound } from './sounds.ts';

export type TimeShiftOptions = {
  /** Positive: later. Rounded to whole samples. Default: [−0.1, 0.1]. */
  readonly seconds?: Span;
  /** Whether what leaves at one end comes in at the other, instead of silence. Default: false. */
  readonly round?: boolean;
};

/**
 * Moves a sound in time, its length kept.
 *
 * @throws RangeError when the shift is not from −3600 to 3600 seconds; applied, for samples that are not finite.
 */
export function timeShift({ seconds = [-0.1, 0.1], round = false }: TimeShiftOptions = {}): Augmentation<Sound> {
  const span = ends('seconds', seconds, -3600, 3600);
  return {
    name: 'timeShift',
    options: { seconds: span, round },
    touches: round ? ['timing'] : ['timing', 'detail'],
    apply(sound, key) {
      const length = lengthOfSound(sound);
      const shift = Math.round(draw(words(key), span) * sound.sampleRate);
      const place = (at: number) => (round && length > 0 ? (((at - shift) % length) + length) % length : at - shift);
      const channels = sound.channels.map((channel) =>
        Float32Array.from({ length }, (_, at) => channel[place(at)] ?? 0),
      );
      return { ...sound, channels };
    },
  };
}
