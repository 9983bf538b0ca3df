import type { HostTensor } from '@polytask/base';

/** An image to augment, [height, width, channels]: bytes, or numbers that are 0 for black and 1 for white. */
export type Picture = HostTensor<'uint8'> | HostTensor<'float32'>;

export type Size = { readonly height: number; readonly width: number; readonly channels: number };

/** @throws RangeError unless it is an image of bytes or of finite numbers; with `unit`, of numbers in [0, 1]. */
export function sizeOfPicture({ dtype, shape, data }: Picture, { unit = false } = {}): Size {
  const [height, width, channels] = shape;
  if ((dtype !== 'uint8' && dtype !== 'float32') || shape.length !== 3 || data.length !== height! * width! * channels!)
    throw new RangeError(
      `Expected an image, uint8 or float32 [height, width, channels]. Found ${dtype} [${shape.join(', ')}] of ${data.length} numbers.`,
    );
  if (dtype === 'float32') {
    for (let at = 0; at < data.length; at++) {
      const value = data[at]!;
      if (!Number.isFinite(value))
        throw new RangeError(`Expected an image of finite numbers. Found ${value} at ${at}.`);
      if (unit && !(value >= 0 && value <= 1))
        throw new RangeError(
          `Expected an image of numbers in [0, 1], before any normalisation. Found ${value} at ${at}.`,
        );
    }
  }
  return { height: height!, width: width!, channels: channels! };
}

/** What white is. */
export const whiteOf = ({ dtype }: Picture): number => (dtype === 'uint8' ? 255 : 1);

/** An image of the kind and shape of another: bytes are rounded, and cut at 0 and 255. */
export function pictureLike({ dtype, shape }: Picture, values: Float64Array | Float32Array): Picture {
  if (dtype === 'float32') return { dtype, shape, data: Float32Array.from(values) };
  const data = new Uint8Array(values.length);
  for (let at = 0; at < values.length; at++) data[at] = Math.max(0, Math.min(255, Math.round(values[at]!)));
  return { dtype, shape, data };
}

/** Cuts numbers at 0 and white. */
export function clip(values: Float64Array, white: number): Float64Array {
  for (let at = 0; at < values.length; at++) values[at] = Math.max(0, Math.min(white, values[at]!));
  return values;
}
