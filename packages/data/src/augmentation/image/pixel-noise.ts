import { fold, normal, words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, type Span, share, within } from '../options.ts';
import { clip, type Picture, pictureLike, sizeOfPicture, whiteOf } from './picture.ts';

export type PixelNoiseOptions = {
  /** The standard deviation, white being 1. Default: [0, 0.05]. */
  readonly deviation?: Span;
};

/**
 * Adds Gaussian noise to every number of an image, cut at black and white.
 *
 * @throws RangeError when the deviation is not from 0 to 1; applied, for numbers outside of [0, 1].
 */
export function pixelNoise({ deviation = [0, 0.05] }: PixelNoiseOptions = {}): Augmentation<Picture> {
  const span = ends('deviation', deviation, 0, 1);
  return {
    name: 'pixelNoise',
    options: { deviation: span },
    touches: ['sharpness'],
    apply(image, key) {
      sizeOfPicture(image, { unit: true });
      const white = whiteOf(image);
      const scale = draw(words(fold(key, 'deviation')), span) * white;
      const noise = normal(fold(key, 'noise'), image.data.length);
      return pictureLike(
        image,
        clip(
          Float64Array.from(noise, (value, at) => image.data[at]! + scale * value),
          white,
        ),
      );
    },
  };
}

export type SaltAndPepperOptions = {
  /** The share of pixels that become black or white. Default: 0.02. */
  readonly rate?: number;
};

/**
 * Makes some pixels of an image black and as many white, all channels of a pixel alike.
 *
 * @throws RangeError when the rate is not from 0 to 1.
 */
export function saltAndPepper({ rate = 0.02 }: SaltAndPepperOptions = {}): Augmentation<Picture> {
  within('rate', rate, 0, 1);
  return {
    name: 'saltAndPepper',
    options: { rate },
    touches: ['sharpness'],
    apply(image, key) {
      const { channels } = sizeOfPicture(image);
      const next = words(key);
      const values = Float64Array.from(image.data);
      for (let start = 0; start < values.length; start += channels) {
        const drawn = share(next);
        if (drawn < rate) values.fill(drawn < rate / 2 ? 0 : whiteOf(image), start, start + channels);
      }
      return pictureLike(image, values);
    },
  };
}
