import { hostTensor, key, PolytaskError, uniform } from '@polytask/base';
import { encode as encodeAnyPng } from 'fast-png';
import jpeg from 'jpeg-js';
import { expect, test } from 'vitest';
import { decodeImage } from './decode-image.ts';
import { encodePng } from './encode-png.ts';

const both = (bytes: Uint8Array) =>
  Promise.all((['js', 'sharp'] as const).map((decoder) => decodeImage(bytes, { decoder })));
const codeOf = (bytes: Uint8Array) =>
  decodeImage(bytes, { decoder: 'sharp' }).then(
    () => 'read',
    (error: unknown) => (PolytaskError.is(error) ? error.code : `not typed: ${error}`),
  );

test('sharp reads PNG files to the same numbers: colours, greys, transparency, 16 bits', async () => {
  const colours = hostTensor(
    'uint8',
    [5, 4, 3],
    Uint8Array.from(uniform(key(1), 60), (value) => value * 255),
  );
  const png = (channels: number, depth: 8 | 16, data: Uint8Array | Uint16Array) =>
    encodeAnyPng({ width: 2, height: 1, channels, depth, data });
  for (const bytes of [
    await encodePng(colours),
    png(1, 8, Uint8Array.of(90, 3)),
    png(2, 8, Uint8Array.of(0, 51, 200, 255)),
    png(4, 8, Uint8Array.of(255, 0, 0, 255, 10, 20, 30, 0)),
    png(3, 16, Uint16Array.of(65535, 256, 0, 40000, 2, 513)),
  ]) {
    const [js, sharp] = await both(bytes);
    expect(sharp).toEqual(js);
  }
});

test('sharp reads JPEG files to nearly the same numbers', async () => {
  const [width, height] = [48, 32];
  const data = Buffer.alloc(width * height * 4, 255);
  for (let at = 0; at < width * height; at++) data.set([(at * 3) % 256, at % 256, 80], 4 * at);
  const [js, sharp] = await both(Uint8Array.from(jpeg.encode({ width, height, data }, 95).data));
  expect(sharp!.shape).toEqual([height, width, 3]);
  const apart = js!.data.reduce((sum, value, at) => sum + Math.abs(value - sharp!.data[at]!), 0) / js!.data.length;
  expect(apart).toBeLessThan(6);
});

test('what is damaged or too large has the same codes as without sharp', async () => {
  const png = await encodePng(hostTensor('uint8', [9, 9, 3], new Uint8Array(243).fill(7)));
  expect(await codeOf(Uint8Array.of(1, 2, 3))).toBe('E2410');
  expect(await codeOf(png.subarray(0, png.length - 30))).toBe('E2411');
  await expect(decodeImage(png, { decoder: 'sharp', maxPixels: 80 })).rejects.toMatchObject({ code: 'E2412' });
  await expect(decodeImage(png, { decoder: 'webp' as 'js' })).rejects.toThrow('decoder: expected "js" or "sharp"');
});
