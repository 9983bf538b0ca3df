import { type HostTensor, hostTensor } from '@polytask/base';
import { resizeImage } from '../../image/resize-image.ts';
import { type Picture, sizeOfPicture } from '../image/picture.ts';
import { integerWithin } from '../options.ts';

export type ContactSheetOptions = {
  /** The side of the square that each image is fitted into, in pixels. Default: 96. */
  readonly cell?: number;
  /** Pixels between two of them; the originals stand twice as far off. Default: 4. */
  readonly gap?: number;
};

const mostPixels = 50_000_000;

/**
 * Originals in the first column and what was made of each in the columns beside it, on white: uint8 [height, width, 3], for `encodePng`.
 *
 * Numbers of float32 images are taken from [0, 1]. Empty images leave their places empty.
 *
 * @param augmented a list per original, of any length
 * @throws RangeError for lists that do not go together, options out of range, a sheet of more than 50 million pixels, or what is no image.
 */
export function contactSheet(
  originals: readonly Picture[],
  augmented: readonly (readonly Picture[])[],
  { cell = 96, gap = 4 }: ContactSheetOptions = {},
): HostTensor<'uint8'> {
  integerWithin('cell', cell, 8, 2048);
  integerWithin('gap', gap, 0, 256);
  if (augmented.length !== originals.length)
    throw new RangeError(`augmented: expected ${originals.length} lists, one per original. Found ${augmented.length}.`);
  const columns = augmented.reduce((most, list) => Math.max(most, list.length), 0);
  const height = gap + originals.length * (cell + gap);
  const width = 2 * gap + cell + columns * (cell + gap) + (columns > 0 ? gap : 0);
  if (height * width > mostPixels)
    throw new RangeError(`Expected a sheet of at most ${mostPixels} pixels. Found ${height} × ${width}: show fewer.`);
  const sheet = new Uint8Array(Math.max(1, height) * Math.max(1, width) * 3).fill(255);
  const place = (image: Picture, top: number, left: number) => {
    const bytes = rgb(image);
    if (!bytes) return;
    const { data } = resizeImage(bytes, { height: cell, width: cell, fit: 'fit' });
    for (let row = 0; row < cell; row++)
      sheet.set(data.subarray(row * cell * 3, (row + 1) * cell * 3), ((top + row) * width + left) * 3);
  };
  for (const [row, original] of originals.entries()) {
    const top = gap + row * (cell + gap);
    place(original, top, gap);
    for (const [column, image] of augmented[row]!.entries()) place(image, top, 3 * gap + cell + column * (cell + gap));
  }
  return hostTensor('uint8', [Math.max(1, height), Math.max(1, width), 3], sheet);
}

/** Red, green and blue bytes of an image of 1 to 4 channels, transparent pixels over white; null of an empty one. */
export function rgb(image: Picture): HostTensor<'uint8'> | null {
  const { height, width, channels } = sizeOfPicture(image);
  if (channels < 1 || channels > 4) throw new RangeError(`Expected an image of 1 to 4 channels. Found ${channels}.`);
  if (height * width === 0) return null;
  const scale = image.dtype === 'uint8' ? 1 : 255;
  const bytes = new Uint8Array(height * width * 3);
  const isGrey = channels <= 2;
  const hasAlpha = channels % 2 === 0;
  for (let pixel = 0; pixel < height * width; pixel++) {
    const from = pixel * channels;
    const alpha = hasAlpha ? Math.max(0, Math.min(1, (image.data[from + channels - 1]! * scale) / 255)) : 1;
    for (let channel = 0; channel < 3; channel++) {
      const value = Math.max(0, Math.min(255, image.data[from + (isGrey ? 0 : channel)]! * scale));
      bytes[pixel * 3 + channel] = Math.round(value * alpha + 255 * (1 - alpha));
    }
  }
  return hostTensor('uint8', [height, width, 3], bytes);
}
