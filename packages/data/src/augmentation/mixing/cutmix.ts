import { integer, words } from '@polytask/base';
import { type Picture, sizeOfPicture } from '../image/picture.ts';
import { within } from '../options.ts';
import { symmetricBeta } from './beta.ts';
import type { Mixer } from './mixer.ts';
import { checkPair } from './mixup.ts';

export type CutmixOptions = {
  /** α of Beta(α, α), by which the share is drawn. Default: 1, uniform. */
  readonly alpha?: number;
};

/**
 * The first image with a rectangle of the second at the same place: of the proportions of the image, of area 1 − λ with λ ~ Beta(α, α), its
 * centre anywhere. The share of the first is counted in whole pixels after the rectangle was cut at the edges.
 *
 * Yun et al., "CutMix: Regularization Strategy to Train Strong Classifiers with Localizable Features", ICCV 2019.
 *
 * @throws RangeError unless α is from 0.001 to 1000; mixing, for images of different shapes or kinds.
 */
export function cutmix({ alpha = 1 }: CutmixOptions = {}): Mixer<Picture> {
  within('alpha', alpha, 0.001, 1000);
  return {
    name: 'cutmix',
    options: { alpha },
    touches: ['labels', 'detail'],
    mix(first, second, key) {
      checkPair(first, second);
      const { height, width, channels } = sizeOfPicture(first);
      if (height === 0 || width === 0) return { value: first, share: 1 };
      const next = words(key);
      const side = Math.sqrt(1 - symmetricBeta(next, alpha));
      const part = (length: number) => {
        const covered = Math.round(side * length);
        const start = integer(next, length) - Math.floor(covered / 2);
        return [Math.max(0, start), Math.max(0, Math.min(length, start + covered))] as const;
      };
      const [top, bottom] = part(height);
      const [left, right] = part(width);
      const data = first.data.slice();
      for (let row = top; row < bottom; row++) {
        const [from, to] = [(row * width + left) * channels, (row * width + right) * channels];
        if (from < to) data.set(second.data.subarray(from, to), from);
      }
      const covered = Math.max(0, bottom - top) * Math.max(0, right - left);
      return { value: { ...first, data } as Picture, share: 1 - covered / (height * width) };
    },
  };
}
