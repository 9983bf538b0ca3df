import { words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, type Span } from '../options.ts';
import type { Picture } from './picture.ts';
import { checkFill, type Fill, warpImage } from './warp-image.ts';

export type RotateOptions = {
  /** Counter-clockwise. Default: [−15, 15]. */
  readonly degrees?: Span;
  /** Default: 0, black. */
  readonly fill?: Fill;
};

/**
 * Turns an image about its centre, its size kept: corners are cut off and filled in. Right angles of square images are exact.
 *
 * @throws RangeError when an option is out of range.
 */
export function rotate({ degrees = [-15, 15], fill = 0 }: RotateOptions = {}): Augmentation<Picture> {
  const span = ends('degrees', degrees, -360, 360);
  checkFill(fill);
  return {
    name: 'rotate',
    options: { degrees: span, fill },
    touches: ['orientation', 'position', 'detail'],
    apply(image, key) {
      const angle = (draw(words(key), span) * Math.PI) / 180;
      const [sin, cos] = [Math.sin(angle), Math.cos(angle)];
      // the way back: clockwise, y pointing down
      return warpImage(image, { yy: cos, yx: sin, xy: -sin, xx: cos, y0: 0, x0: 0 }, { fill });
    },
  };
}
