import { words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, type Span, share } from '../options.ts';
import { type Picture, sizeOfPicture } from './picture.ts';
import { warpImage } from './warp-image.ts';

export type RandomCropOptions = {
  /** The share of the area that is kept. Default: [0.4, 1]. */
  readonly area?: Span;
  /** Width over height of what is kept, as a multiple of that of the image; drawn on a logarithmic scale. Default: [3/4, 4/3]. */
  readonly ratio?: Span;
};

/**
 * A part of an image, stretched to the size of the whole; where area and ratio do not fit into the image, the longer side is cut.
 *
 * Szegedy et al., "Going Deeper with Convolutions", CVPR 2015.
 *
 * @throws RangeError when an option is out of range; areas are from 0.01 to 1, ratios from 0.1 to 10.
 */
export function randomCrop({ area = [0.4, 1], ratio = [3 / 4, 4 / 3] }: RandomCropOptions = {}): Augmentation<Picture> {
  const areas = ends('area', area, 0.01, 1);
  const [low, high] = ends('ratio', ratio, 0.1, 10);
  return {
    name: 'randomCrop',
    options: { area: areas, ratio: [low, high] },
    touches: ['position', 'scale', 'detail', ...(low === 1 && high === 1 ? [] : (['proportions'] as const))],
    apply(image, key) {
      const { height, width } = sizeOfPicture(image);
      const next = words(key);
      const [kept, wider] = [draw(next, areas), low * (high / low) ** share(next)];
      // of height and width, the parts that are kept
      const tall = Math.min(1, Math.sqrt(kept / wider));
      const wide = Math.min(1, Math.sqrt(kept * wider));
      const [y0, x0] = [(share(next) - 0.5) * (1 - tall) * height, (share(next) - 0.5) * (1 - wide) * width];
      return warpImage(image, { yy: tall, yx: 0, xy: 0, xx: wide, y0, x0 }, { fill: 'edge' });
    },
  };
}
