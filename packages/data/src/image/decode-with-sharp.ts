import { type HostTensor, hostTensor, PolytaskError } from '@polytask/base';

/** The pixels of a PNG or JPEG file by sharp (libvips), laid over white and turned as its EXIF orientation says. @throws what sharp throws. */
export async function decodeWithSharp(bytes: Uint8Array, maxPixels: number): Promise<HostTensor<'uint8'>> {
  const sharp = await loadSharp();
  const { data, info } = await sharp(bytes, { limitInputPixels: maxPixels, failOn: 'truncated' })
    .rotate()
    .flatten({ background: '#ffffff' })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (channels === 3) return hostTensor('uint8', [height, width, 3], pixels.slice());
  const rgb = new Uint8Array(width * height * 3);
  for (let at = 0; at < width * height; at++) rgb.fill(pixels[at * channels]!, 3 * at, 3 * at + 3);
  return hostTensor('uint8', [height, width, 3], rgb);
}

type Sharp = typeof import('sharp').default;

// a variable, or bundlers for the browser would look for it
const name = 'sharp';
let loaded: Promise<Sharp> | undefined;

async function loadSharp(): Promise<Sharp> {
  loaded ??= (import(/* @vite-ignore */ name) as Promise<{ default: Sharp }>).then((module) => module.default);
  try {
    return await loaded;
  } catch (error) {
    loaded = undefined;
    const message = `sharp cannot be loaded: ${(error as Error).message.split('\n', 1)[0]}`;
    throw new PolytaskError(
      'usage',
      { code: 'E1407', message, fix: 'Install it (npm install sharp), or use the decoder js.' },
      { cause: error },
    );
  }
}
