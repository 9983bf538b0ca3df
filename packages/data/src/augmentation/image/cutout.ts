import { integer, words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, integerWithin, type Span } from '../options.ts';
import { type Picture, pictureLike, sizeOfPicture, whiteOf } from './picture.ts';

export type CutoutOptions = {
  /** How many squares. Default: 1. */
  readonly count?: number;
  /** The side of a square as a share of the shorter side of the image, rounded to pixels. Default: 0.25. */
  readonly side?: Span;
  /** A grey from 0 to 1. Default: 0, black. */
  readonly fill?: number;
};

/**
 * Covers squares of an image; their centres are anywhere, so that a part may lie outside.
 *
 * DeVries & Taylor, "Improved Regularization of Convolutional Neural Networks with Cutout", 2017.
 *
 * @throws RangeError when an option is out of range.
 */
export function cutout({ count = 1, side = 0.25, fill = 0 }: CutoutOptions = {}): Augmentation<Picture> {
  integerWithin('count', count, 1, 1000);
  const sides = ends('side', side, 0, 2);
  ends('fill', fill, 0, 1);
  return {
    name: 'cutout',
    options: { count, side: sides, fill },
    touches: ['detail'],
    apply(image, key) {
      const { height, width, channels } = sizeOfPicture(image);
      if (height === 0 || width === 0) return image;
      const next = words(key);
      const values = Float64Array.from(image.data);
      for (let square = 0; square < count; square++) {
        const length = Math.round(draw(next, sides) * Math.min(height, width));
        const top = integer(next, height) - Math.floor(length / 2);
        const left = integer(next, width) - Math.floor(length / 2);
        const [from, to] = [Math.max(0, left), Math.min(width, left + length)];
        for (let row = Math.max(0, top); from < to && row < Math.min(height, top + length); row++)
          values.fill(fill * whiteOf(image), (row * width + from) * channels, (row * width + to) * channels);
      }
      return pictureLike(image, values);
    },
  };
}
