import { words } from '@polytask/base';
import type { Augmentation } from '../augmentation.ts';
import { draw, ends, oneOf, type Span } from '../options.ts';
import { type Picture, sizeOfPicture } from './picture.ts';
import { checkFill, type Fill, warpImage } from './warp-image.ts';

export type TranslateOptions = {
  /** Default: [−0.1, 0.1]. */
  readonly down?: Span;
  /** Default: [−0.1, 0.1]. */
  readonly right?: Span;
  /** `share`: of height and width · `pixels`: drawn values are rounded to whole pixels, which is exact. Default: share. */
  readonly unit?: 'share' | 'pixels';
  /** Default: 0, black. */
  readonly fill?: Fill;
};

/**
 * Moves an image within its frame.
 *
 * @throws RangeError when an option is out of range.
 */
export function translate({
  down = [-0.1, 0.1],
  right = [-0.1, 0.1],
  unit = 'share',
  fill = 0,
}: TranslateOptions = {}): Augmentation<Picture> {
  oneOf('unit', unit, ['share', 'pixels']);
  const most = unit === 'share' ? 1 : 1e6;
  const [rows, columns] = [ends('down', down, -most, most), ends('right', right, -most, most)];
  checkFill(fill);
  return {
    name: 'translate',
    options: { down: rows, right: columns, unit, fill },
    touches: ['position', 'detail'],
    apply(image, key) {
      const next = words(key);
      const { height, width } = sizeOfPicture(image);
      const moved = (span: readonly [number, number], length: number) => {
        const value = draw(next, span);
        return unit === 'pixels' ? Math.round(value) : value * length;
      };
      const [y, x] = [moved(rows, height), moved(columns, width)];
      return warpImage(image, { yy: 1, yx: 0, xy: 0, xx: 1, y0: -y, x0: -x }, { fill });
    },
  };
}
