import type { HostTensor } from '@polytask/base';

/**
 * A PNG file of an image: uint8 [height, width, channels] with 1 (grey), 2 (grey and alpha), 3 or 4 channels, or [height, width].
 *
 * @throws RangeError for other shapes.
 */
export async function encodePng({ shape, data }: HostTensor<'uint8'>): Promise<Uint8Array> {
  const [height, width, channels = 1] = shape;
  if (!height || !width || shape.length > 3 || ![1, 2, 3, 4].includes(channels))
    throw new RangeError(`Expected an image [height, width, 1 to 4 channels]. Found [${shape.join(', ')}].`);
  const { encode } = await import('fast-png');
  return encode({ width, height, channels, depth: 8, data });
}
