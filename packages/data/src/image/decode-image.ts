import { type HostTensor, hostTensor, PolytaskError, quote } from '@polytask/base';
import { decodeWithSharp } from './decode-with-sharp.ts';
import { type ImageHeader, imageHeader, packedPixels } from './image-header.ts';

export type DecodeOptions = {
  /** What stands for the file in messages. */
  readonly name?: string;
  /** The most pixels. They are counted in the header, before anything is decoded. Default: 50 million. */
  readonly maxPixels?: number;
  /**
   * `js` gives the same numbers everywhere; `sharp`, an optional dependency, is several times as fast, and its numbers of JPEG images differ by
   * a little. Default: js.
   */
  readonly decoder?: 'js' | 'sharp';
};

/** An image: uint8 [height, width, 3], red, green and blue. */
export type Image = HostTensor<'uint8'>;

/**
 * The pixels of a PNG or JPEG file, told apart by its first bytes: uint8 [height, width, 3].
 *
 * Grey values stand in all three channels, palettes are looked up, 16 bits are cut to 8, transparent pixels are laid over white, and a JPEG
 * is turned the way its EXIF orientation says. Written in JavaScript alone (fast-png, jpeg-js) unless sharp is asked for.
 *
 * @throws RangeError for another decoder. @throws PolytaskError usage E1407 where sharp is not installed.
 * @throws PolytaskError E2410 neither PNG nor JPEG · E2411 damaged, cut off or of an unknown kind · E2412 more than `maxPixels`, or packed
 * data that unpacks to more than the header says.
 */
export async function decodeImage(
  bytes: Uint8Array,
  { name, maxPixels = 50_000_000, decoder = 'js' }: DecodeOptions = {},
): Promise<Image> {
  if (decoder !== 'js' && decoder !== 'sharp')
    throw new RangeError(`decoder: expected "js" or "sharp". Found ${quote(decoder)}.`);
  const fail = (code: string, message: string, cause?: unknown) =>
    new PolytaskError('data', { code, ...(name !== undefined && { file: name }), message }, { cause });
  const header = imageHeader(bytes);
  if (!header) throw fail('E2410', 'Expected a PNG or JPEG image.');
  const { type, width, height } = header;
  if (width === 0 || height === 0)
    throw fail('E2411', `The ${type} image is cut off or says ${width} × ${height} pixels.`);
  if (width * height > maxPixels)
    throw fail('E2412', `The image has ${width} × ${height} pixels. The limit of maxPixels is ${maxPixels}.`);
  if (packedPixels(bytes, header) === 'too many')
    throw fail('E2412', `The packed data hold more than the ${width} × ${height} pixels of the header.`);
  try {
    if (decoder === 'sharp') return await decodeWithSharp(bytes, maxPixels);
    return type === 'png' ? await fromPng(bytes) : turned(await fromJpeg(bytes, header, maxPixels), header.orientation);
  } catch (error) {
    if (PolytaskError.is(error)) throw error;
    throw fail('E2411', `The ${type} image is damaged: ${(error as Error).message}.`, error);
  }
}

async function fromPng(bytes: Uint8Array): Promise<Image> {
  const { decode } = await import('fast-png');
  const { width, height, data, depth, channels, palette, transparency } = decode(bytes, { checkCrc: true });
  if (depth === 8 && channels === 3 && !transparency)
    return hostTensor('uint8', [height, width, 3], Uint8Array.from(data));
  const highest = 2 ** depth - 1;
  const rgb = new Uint8Array(width * height * 3);
  const perRow = Math.ceil((width * channels * Math.min(depth, 8)) / 8);
  // fewer than 8 bits are packed, each row from a byte of its own
  const sample = (row: number, index: number) => {
    if (depth >= 8) return data[row * width * channels + index]!;
    const bit = index * depth;
    return (data[row * perRow + (bit >> 3)]! >> (8 - depth - (bit & 7))) & highest;
  };
  const isGrey = channels <= 2;
  const hasAlpha = channels === 2 || channels === 4;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = (row * width + column) * 3;
      const first = column * channels;
      const values = [0, 1, 2].map((channel) => sample(row, first + (isGrey ? 0 : channel)));
      let alpha = hasAlpha ? sample(row, first + channels - 1) / highest : 1;
      if (palette) {
        const colour = palette[values[0]!];
        if (!colour) throw new Error(`colour ${values[0]} is not in the palette`);
        rgb.set(over(colour.slice(0, 3), colour.length > 3 ? colour[3]! / 255 : 1), at);
        continue;
      }
      if (transparency && values.every((value, channel) => value === transparency[isGrey ? 0 : channel])) alpha = 0;
      rgb.set(
        over(
          values.map((value) => (depth === 16 ? value >> 8 : (value * 255) / highest)),
          alpha,
        ),
        at,
      );
    }
  }
  return hostTensor('uint8', [height, width, 3], rgb);
}

/** A colour over white. */
const over = (colour: readonly number[], alpha: number) =>
  colour.map((value) => Math.round(value * alpha + 255 * (1 - alpha)));

async function fromJpeg(bytes: Uint8Array, { width, height }: ImageHeader, maxPixels: number): Promise<Image> {
  const { decode } = await import('jpeg-js');
  const decoded = decode(bytes, {
    useTArray: true,
    formatAsRGBA: false,
    tolerantDecoding: false,
    maxResolutionInMP: Math.max(1, maxPixels / 1e6),
    maxMemoryUsageInMB: Math.max(64, (maxPixels * 40) / 2 ** 20),
  });
  if (decoded.width !== width || decoded.height !== height) throw new Error('its headers name different sizes');
  return hostTensor('uint8', [height, width, 3], decoded.data);
}

/** The image as it is to be seen, from how it lies in the file (EXIF orientations 1 to 8). */
function turned({ shape, data }: Image, orientation: number): Image {
  const [height, width] = shape as [number, number];
  if (orientation <= 1) return { dtype: 'uint8', shape, data };
  const isSideways = orientation >= 5;
  const [rows, columns] = isSideways ? [width, height] : [height, width];
  const result = new Uint8Array(data.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const [y, x] = isSideways ? [column, row] : [row, column];
      const fromRow = [3, 4, 6, 7].includes(orientation) ? height - 1 - y : y;
      const fromColumn = [2, 3, 7, 8].includes(orientation) ? width - 1 - x : x;
      const [from, to] = [(fromRow * width + fromColumn) * 3, (row * columns + column) * 3];
      for (let channel = 0; channel < 3; channel++) result[to + channel] = data[from + channel]!;
    }
  }
  return hostTensor('uint8', [rows, columns, 3], result);
}
