import { type HostTensor, hostTensor } from '@polytask/base';
import type { Image } from './decode-image.ts';

export type ResizeOptions = {
  readonly height: number;
  readonly width: number;
  /** `stretch` (default) · `crop` keeps the proportions and cuts the longer sides · `fit` keeps them and fills up with black. */
  readonly fit?: 'stretch' | 'crop' | 'fit';
};

/**
 * The image in another size, uint8 [height, width, channels]: bilinear, and where it gets smaller each pixel is a mean over all that it covers
 * (a triangle filter as wide as the scale, as Pillow and PyTorch's `antialias` have it), rows and columns one after the other.
 *
 * @throws RangeError for sizes that are no positive integers.
 */
export function resizeImage(image: Image, { height, width, fit = 'stretch' }: ResizeOptions): Image {
  for (const [name, value] of Object.entries({ height, width }))
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  const [rows, columns, channels] = image.shape as [number, number, number];
  if (fit === 'stretch') return stretched(image, { height, width }, [0, rows], [0, columns]);
  const scale = fit === 'crop' ? Math.max(height / rows, width / columns) : Math.min(height / rows, width / columns);
  if (fit === 'crop') {
    const [tall, wide] = [height / scale, width / scale];
    const [top, left] = [(rows - tall) / 2, (columns - wide) / 2];
    return stretched(image, { height, width }, [top, tall], [left, wide]);
  }
  const inner = { height: Math.max(1, Math.round(rows * scale)), width: Math.max(1, Math.round(columns * scale)) };
  const { data } = stretched(image, inner, [0, rows], [0, columns]);
  const [top, left] = [Math.floor((height - inner.height) / 2), Math.floor((width - inner.width) / 2)];
  const result = new Uint8Array(height * width * channels);
  for (let row = 0; row < inner.height; row++) {
    const from = row * inner.width * channels;
    result.set(data.subarray(from, from + inner.width * channels), ((top + row) * width + left) * channels);
  }
  return hostTensor('uint8', [height, width, channels], result);
}

type Part = readonly [start: number, length: number];

function stretched({ shape, data }: Image, size: { height: number; width: number }, tall: Part, wide: Part): Image {
  const [rows, columns, channels] = shape as [number, number, number];
  const across = weights(columns, size.width, wide);
  const down = weights(rows, size.height, tall);
  const narrow = new Float32Array(rows * size.width * channels);
  for (let row = 0; row < rows; row++) {
    for (const [column, { first, values }] of across.entries()) {
      const to = (row * size.width + column) * channels;
      for (let tap = 0; tap < values.length; tap++) {
        const from = (row * columns + first + tap) * channels;
        for (let channel = 0; channel < channels; channel++)
          narrow[to + channel]! += values[tap]! * data[from + channel]!;
      }
    }
  }
  const line = size.width * channels;
  const result = new Uint8Array(size.height * line);
  const sum = new Float32Array(line);
  for (const [row, { first, values }] of down.entries()) {
    sum.fill(0);
    for (let tap = 0; tap < values.length; tap++) {
      const from = (first + tap) * line;
      for (let at = 0; at < line; at++) sum[at]! += values[tap]! * narrow[from + at]!;
    }
    for (let at = 0; at < line; at++) result[row * line + at] = Math.round(sum[at]!);
  }
  return hostTensor('uint8', [size.height, size.width, channels], result);
}

/** For each place of an axis of `count`: the first place among `given` that it covers, and the weights from there on. */
function weights(given: number, count: number, [start, length]: Part): { first: number; values: number[] }[] {
  const scale = length / count;
  const reach = Math.max(1, scale);
  return Array.from({ length: count }, (_, at) => {
    const centre = start + (at + 0.5) * scale;
    const first = Math.max(0, Math.floor(centre - reach + 0.5));
    const last = Math.min(given, Math.floor(centre + reach + 0.5));
    const values = Array.from({ length: last - first }, (_, tap) =>
      Math.max(0, 1 - Math.abs((first + tap + 0.5 - centre) / reach)),
    );
    const sum = values.reduce((total, value) => total + value, 0);
    return { first, values: values.map((value) => value / sum) };
  });
}

/** The image as numbers in [0, 1], float32 of the same shape. */
export const imageTensor = ({ shape, data }: Image): HostTensor<'float32'> =>
  hostTensor(
    'float32',
    shape,
    Float32Array.from(data, (value) => value / 255),
  );
