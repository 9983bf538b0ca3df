import { words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { ends, type Span, share } from '../options.ts';
import type { Picture } from './picture.ts';
import { checkFill, type Fill, warpImage } from './warp-image.ts';

export type RescaleOptions = {
  /** What is shown gets this many times larger, drawn on a logarithmic scale. Default: [0.8, 1.25]. */
  readonly factor?: Span;
  /** Default: 0, black. */
  readonly fill?: Fill;
};

/**
 * Zooms into an image about its centre, or out of it; its size is kept.
 *
 * @throws RangeError when an option is out of range; factors are from 0.1 to 10.
 */
export function rescale({ factor = [0.8, 1.25], fill = 0 }: RescaleOptions = {}): Augmentation<Picture> {
  const [low, high] = ends('factor', factor, 0.1, 10);
  checkFill(fill);
  return {
    name: 'rescale',
    options: { factor: [low, high], fill },
    touches: ['scale', 'position', 'detail'],
    apply(image, key) {
      const drawn = low * (high / low) ** share(words(key));
      return warpImage(image, { yy: 1 / drawn, yx: 0, xy: 0, xx: 1 / drawn, y0: 0, x0: 0 }, { fill });
    },
  };
}
