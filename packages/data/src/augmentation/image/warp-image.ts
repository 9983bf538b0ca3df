import { quote } from '@polytask/base';
import { type Picture, pictureLike, sizeOfPicture, whiteOf } from './picture.ts';

/** What stands outside of an image: a grey from 0, black, to 1, white; or its nearest pixel. */
export type Fill = number | 'edge';

/** @throws RangeError unless it is `edge` or from 0 to 1. */
export function checkFill(fill: Fill): Fill {
  if (fill !== 'edge' && !(fill >= 0 && fill <= 1))
    throw new RangeError(`fill: expected edge, or a grey from 0 to 1. Found ${quote(fill)}.`);
  return fill;
}

/** From a place in the result to one in the image: y' = yy·y + yx·x + y0 and x' = xy·y + xx·x + x0, from the centre of the image, in pixels. */
export type Affine = {
  readonly yy: number;
  readonly yx: number;
  readonly xy: number;
  readonly xx: number;
  readonly y0: number;
  readonly x0: number;
};

/** What is this near to the middle of a pixel is in the middle: the sine of a right angle is not exact. */
const tolerance = 1e-9;

/**
 * An image of the same size, each pixel of which is taken from where `from` says, by bilinear interpolation between the middles of four
 * pixels. Places that are whole pixels are exact.
 *
 * @throws RangeError for what is no image, or another fill.
 */
export function warpImage(image: Picture, from: Affine, { fill = 0 }: { readonly fill?: Fill } = {}): Picture {
  const { height, width, channels } = sizeOfPicture(image);
  const outside = checkFill(fill) === 'edge' ? null : (fill as number) * whiteOf(image);
  const { data } = image;
  const result = new Float64Array(data.length);
  const [middleRow, middleColumn] = [(height - 1) / 2, (width - 1) / 2];
  const add = (to: number, row: number, column: number, weight: number) => {
    if (weight === 0) return;
    const isInside = row >= 0 && row < height && column >= 0 && column < width;
    if (!isInside && outside !== null) {
      for (let channel = 0; channel < channels; channel++) result[to + channel]! += weight * outside;
      return;
    }
    const place =
      (Math.max(0, Math.min(height - 1, row)) * width + Math.max(0, Math.min(width - 1, column))) * channels;
    for (let channel = 0; channel < channels; channel++) result[to + channel]! += weight * data[place + channel]!;
  };
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [dy, dx] = [row - middleRow, column - middleColumn];
      const y = nearWhole(from.yy * dy + from.yx * dx + from.y0 + middleRow);
      const x = nearWhole(from.xy * dy + from.xx * dx + from.x0 + middleColumn);
      const [top, left] = [Math.floor(y), Math.floor(x)];
      const [down, right] = [y - top, x - left];
      const to = (row * width + column) * channels;
      add(to, top, left, (1 - down) * (1 - right));
      add(to, top, left + 1, (1 - down) * right);
      add(to, top + 1, left, down * (1 - right));
      add(to, top + 1, left + 1, down * right);
    }
  }
  return pictureLike(image, result);
}

function nearWhole(value: number): number {
  const whole = Math.round(value);
  return Math.abs(value - whole) < tolerance ? whole : value;
}
