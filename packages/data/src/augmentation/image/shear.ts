import { words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, type Span } from '../options.ts';
import type { Picture } from './picture.ts';
import { checkFill, type Fill, warpImage } from './warp-image.ts';

export type ShearOptions = {
  /** How far the sides lean, in degrees: positive, to the right at the top. Default: [−10, 10]. */
  readonly horizontal?: Span;
  /** How far the top and bottom lean: positive, up at the right. Default: 0. */
  readonly vertical?: Span;
  /** Default: 0, black. */
  readonly fill?: Fill;
};

/**
 * Slants an image about its centre: first by columns, x' = x − tan(h)·y, then by rows, y' = y − tan(v)·x.
 *
 * @throws RangeError when an option is out of range; angles are below 80°.
 */
export function shear({ horizontal = [-10, 10], vertical = 0, fill = 0 }: ShearOptions = {}): Augmentation<Picture> {
  const [across, along] = [ends('horizontal', horizontal, -80, 80), ends('vertical', vertical, -80, 80)];
  checkFill(fill);
  return {
    name: 'shear',
    options: { horizontal: across, vertical: along, fill },
    touches: ['orientation', 'position', 'proportions', 'detail'],
    apply(image, key) {
      const next = words(key);
      const [h, v] = [across, along].map((span) => Math.tan((draw(next, span) * Math.PI) / 180)) as [number, number];
      // forward: x' = x − h·y, y' = y − v·x'; back: y = y' + v·x', x = x' + h·y
      return warpImage(image, { yy: 1, yx: v, xy: h, xx: 1 + h * v, y0: 0, x0: 0 }, { fill });
    },
  };
}
