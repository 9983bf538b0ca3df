import { deflateSync } from 'node:zlib';
import { hostTensor, PolytaskError } from '@polytask/base';
import fc from 'fast-check';
import { encode as encodeAnyPng } from 'fast-png';
import jpeg from 'jpeg-js';
import { describe, expect, test } from 'vitest';
import { decodeImage, type Image } from './decode-image.ts';
import { encodePng } from './encode-png.ts';
import { imageTensor, resizeImage } from './resize-image.ts';

const image = (height: number, width: number, values: ArrayLike<number>): Image =>
  hostTensor('uint8', [height, width, 3], values);
const gradient = (height: number, width: number) =>
  image(
    height,
    width,
    Uint8Array.from({ length: height * width * 3 }, (_, at) => (at * 7) % 256),
  );
const codeOf = (bytes: Uint8Array, options = {}) =>
  decodeImage(bytes, options).then(
    () => 'read',
    (error: unknown) => (PolytaskError.is(error) ? error.problems[0]!.code : `not typed: ${error}`),
  );
const pixels = async (bytes: Uint8Array) => [...(await decodeImage(bytes)).data];

describe('PNG', () => {
  test('what is written is read again', async () => {
    const given = gradient(5, 3);
    expect(await decodeImage(await encodePng(given))).toEqual(given);
  });

  test('grey, transparency, 16 bits and single bits become red, green and blue', async () => {
    const png = (channels: number, depth: 8 | 16, data: Uint8Array | Uint16Array) =>
      encodeAnyPng({ width: 1, height: 1, channels, depth, data });
    expect(await pixels(png(1, 8, Uint8Array.of(90)))).toEqual([90, 90, 90]);
    expect(await pixels(png(2, 8, Uint8Array.of(0, 51)))).toEqual([204, 204, 204]);
    expect(await pixels(png(4, 8, Uint8Array.of(255, 0, 0, 255)))).toEqual([255, 0, 0]);
    expect(await pixels(png(3, 16, Uint16Array.of(65535, 256, 0)))).toEqual([255, 1, 0]);
    expect(
      await pixels(
        raw({
          width: 3,
          height: 2,
          depth: 1,
          colour: 0,
          rows: [
            [0, 0b10100000],
            [0, 0b01000000],
          ],
        }),
      ),
    ).toEqual([1, 0, 1, 0, 1, 0].flatMap((bit) => [255 * bit, 255 * bit, 255 * bit]));
  });

  test('palettes are looked up', async () => {
    const palette = [9, 8, 7, 1, 2, 3];
    const bytes = raw({ width: 2, height: 1, depth: 8, colour: 3, rows: [[0, 1, 0]], palette });
    expect(await pixels(bytes)).toEqual([1, 2, 3, 9, 8, 7]);
    expect(await codeOf(raw({ width: 2, height: 1, depth: 8, colour: 3, rows: [[0, 1, 7]], palette }))).toBe('E2411');
  });

  test('headers that promise too much, and data that unpack to more than they say, are refused before they are unpacked', async () => {
    expect(await codeOf(raw({ width: 60000, height: 60000, depth: 8, colour: 2, rows: [] }))).toBe('E2412');
    const bomb = raw({ width: 4, height: 4, depth: 8, colour: 2, data: deflateSync(new Uint8Array(200 * 2 ** 20)) });
    expect(bomb.length).toBeLessThan(300_000);
    expect(await codeOf(bomb)).toBe('E2412');
    expect(await codeOf(await encodePng(gradient(10, 10)), { maxPixels: 99 })).toBe('E2412');
  });
});

describe('JPEG', () => {
  const flat = image(
    16,
    24,
    Uint8Array.from({ length: 16 * 24 * 3 }, (_, at) => [200, 100, 50][at % 3]!),
  );
  const encoded = ({ shape, data }: Image) => {
    const rgba = Buffer.alloc((data.length / 3) * 4, 255);
    for (let at = 0; at < data.length / 3; at++) rgba.set(data.subarray(3 * at, 3 * at + 3), 4 * at);
    return Uint8Array.from(jpeg.encode({ width: shape[1]!, height: shape[0]!, data: rgba }, 95).data);
  };
  /** With an EXIF orientation. */
  const oriented = (bytes: Uint8Array, orientation: number) => {
    const exif = [
      0x45,
      0x78,
      0x69,
      0x66,
      0,
      0,
      0x4d,
      0x4d,
      0,
      42,
      0,
      0,
      0,
      8,
      0,
      1,
      1,
      0x12,
      0,
      3,
      0,
      0,
      0,
      1,
      0,
      orientation,
      0,
      0,
    ];
    return Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, 0, exif.length + 2, ...exif, ...bytes.subarray(2)]);
  };

  test('colours come back nearly, in their size', async () => {
    const { shape, data } = await decodeImage(encoded(flat));
    expect(shape).toEqual([16, 24, 3]);
    for (const [at, value] of data.entries()) expect(Math.abs(value - flat.data[at]!)).toBeLessThan(6);
  });

  test('an image is turned the way it was taken', async () => {
    // black but for a white corner at the top left
    const corner = image(
      16,
      32,
      Uint8Array.from({ length: 16 * 32 * 3 }, (_, at) => (Math.floor(at / 96) < 8 && (at / 3) % 32 < 8 ? 255 : 0)),
    );
    const places = { 1: [0, 0], 2: [0, 31], 3: [15, 31], 4: [15, 0], 5: [0, 0], 6: [0, 15], 7: [31, 15], 8: [31, 0] };
    for (const [orientation, [row, column]] of Object.entries(places)) {
      const { shape, data } = await decodeImage(oriented(encoded(corner), Number(orientation)));
      expect(shape).toEqual(Number(orientation) >= 5 ? [32, 16, 3] : [16, 32, 3]);
      const at = (y: number, x: number) => data[(y * shape[1]! + x) * 3]!;
      expect([orientation, at(row!, column!) > 200]).toEqual([orientation, true]);
      expect(at(shape[0]! - 1 - row!, shape[1]! - 1 - column!)).toBeLessThan(50);
    }
  });

  test('cut files end in an error or, where only the end is missing, in an image', async () => {
    const bytes = encoded(flat);
    for (let length = 3; length < bytes.length - 2; length += 11)
      expect(await codeOf(bytes.subarray(0, length))).toMatch(/^(E2411|E2412|read)$/);
  });
});

test('other files are no images', async () => {
  for (const bytes of [new Uint8Array(0), Uint8Array.of(1, 2, 3), new TextEncoder().encode('GIF89a')])
    expect(await codeOf(bytes)).toBe('E2410');
});

test('no change of a file ends in anything but an image or an error with a code', async () => {
  const whole = await encodePng(gradient(6, 6));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }),
      fc.nat(whole.length),
      async (changes, length) => {
        const bytes = whole.slice(0, length);
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        expect(await codeOf(bytes, { maxPixels: 1e5 })).toMatch(/^(read|E241[012])$/);
      },
    ),
    { numRuns: 300 },
  );
});

describe('resizing', () => {
  test('to the same size changes nothing, and one colour stays one', () => {
    const given = gradient(7, 5);
    expect(resizeImage(given, { height: 7, width: 5 })).toEqual(given);
    const grey = image(9, 4, new Uint8Array(108).fill(77));
    for (const size of [
      { height: 3, width: 2 },
      { height: 20, width: 30 },
      { height: 1, width: 1 },
    ])
      expect(new Set(resizeImage(grey, size).data)).toEqual(new Set([77]));
  });

  test('half of a size weighs neighbours as a triangle does, and double lies between them', () => {
    const row = (values: number[]) =>
      image(
        1,
        values.length,
        values.flatMap((value) => [value, value, value]),
      );
    const reds = ({ data }: Image) => [...data].filter((_, at) => at % 3 === 0);
    // weights 3/8, 3/8, 1/8 and 1/8 of the outer ones; at the edges what is there
    expect(reds(resizeImage(row([0, 0, 80, 80]), { height: 1, width: 2 }))).toEqual([11, 69]);
    expect(reds(resizeImage(row([0, 100]), { height: 1, width: 4 }))).toEqual([0, 25, 75, 100]);
  });

  test('keeps proportions where it crops or fits', () => {
    const wide = image(
      2,
      6,
      Uint8Array.from({ length: 36 }, (_, at) =>
        Math.floor(at / 3) % 6 < 2 ? 0 : Math.floor(at / 3) % 6 < 4 ? 120 : 240,
      ),
    );
    expect(new Set(resizeImage(wide, { height: 2, width: 2, fit: 'crop' }).data)).toEqual(new Set([120]));
    const fitted = resizeImage(wide, { height: 6, width: 6, fit: 'fit' });
    expect([...fitted.data.subarray(0, 36)].every((value) => value === 0)).toBe(true);
    expect([...fitted.data.subarray(36, 72)]).toEqual([...wide.data]);
    expect(() => resizeImage(wide, { height: 0, width: 1 })).toThrow(RangeError);
  });

  test('numbers are between 0 and 1', () => {
    expect([...imageTensor(image(1, 1, [0, 51, 255])).data]).toEqual([0, Math.fround(0.2), 1]);
  });
});

/** A PNG file from its parts. */
function raw({
  width,
  height,
  depth,
  colour,
  rows = [],
  palette,
  data = deflateSync(Uint8Array.from(rows.flat())),
}: {
  width: number;
  height: number;
  depth: number;
  colour: number;
  rows?: number[][];
  palette?: number[];
  data?: Uint8Array;
}): Uint8Array {
  const table = Uint32Array.from({ length: 256 }, (_, n) => {
    let value = n;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
  const chunk = (name: string, content: Uint8Array) => {
    const bytes = new Uint8Array(12 + content.length);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, content.length);
    bytes.set(new TextEncoder().encode(name), 4);
    bytes.set(content, 8);
    let crc = 0xffffffff;
    for (const byte of bytes.subarray(4, 8 + content.length)) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8);
    view.setUint32(8 + content.length, crc ^ 0xffffffff);
    return bytes;
  };
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([depth, colour, 0, 0, 0], 8);
  return Buffer.concat([
    Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a),
    chunk('IHDR', header),
    ...(palette ? [chunk('PLTE', Uint8Array.from(palette))] : []),
    chunk('IDAT', data),
    chunk('IEND', new Uint8Array(0)),
  ]);
}
