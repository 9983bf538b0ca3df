import { hostTensor, key } from '@polytask/base';
import { describe, expect, test } from 'vitest';
import { blur } from './blur.ts';
import { colourJitter } from './colour-jitter.ts';
import { cutout } from './cutout.ts';
import { flip } from './flip.ts';
import type { Picture } from './picture.ts';
import { pixelNoise, saltAndPepper } from './pixel-noise.ts';
import { randomCrop } from './random-crop.ts';
import { rescale } from './rescale.ts';
import { rotate } from './rotate.ts';
import { shear } from './shear.ts';
import { translate } from './translate.ts';
import { warpImage } from './warp-image.ts';

const grey = (rows: readonly (readonly number[])[]): Picture =>
  hostTensor('uint8', [rows.length, rows[0]!.length, 1], rows.flat());
const rowsOf = ({ shape, data }: Picture) =>
  Array.from({ length: shape[0]! }, (_, row) => [...data.subarray(row * shape[1]!, (row + 1) * shape[1]!)]);
const pixel = (...colour: number[]): Picture => hostTensor('uint8', [1, 1, colour.length], colour);
const nine = grey([
  [1, 2, 3],
  [4, 5, 6],
  [7, 8, 9],
]);
const k = key(1);
const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);

describe('geometry', () => {
  test('a quarter turn is exact, and counter-clockwise; two are a half turn, four nothing', () => {
    const turned = rotate({ degrees: 90 }).apply(nine, k);
    expect(rowsOf(turned)).toEqual([
      [3, 6, 9],
      [2, 5, 8],
      [1, 4, 7],
    ]);
    expect(rowsOf(rotate({ degrees: -90 }).apply(nine, k))).toEqual([
      [7, 4, 1],
      [8, 5, 2],
      [9, 6, 3],
    ]);
    expect(rotate({ degrees: 180 }).apply(nine, k)).toEqual(rotate({ degrees: 90 }).apply(turned, k));
    expect(rotate({ degrees: 360 }).apply(nine, k)).toEqual(nine);
    const even = hostTensor('float32', [2, 2, 1], Float32Array.of(0.1, 0.2, 0.3, 0.4));
    expect(rotate({ degrees: 90, fill: 1 }).apply(even, k).data).toEqual(Float32Array.of(0.2, 0.4, 0.1, 0.3));
  });

  test('a turn by 45° takes pixels from between four, and fills in the corners', () => {
    const { data } = rotate({ degrees: 45 }).apply(
      grey([
        [100, 100, 100],
        [100, 100, 100],
        [100, 100, 100],
      ]),
      k,
    );
    // the corner comes from √2 above the middle: 0.414 of the way out of the image
    expect(data[0]).toBe(Math.round(100 * (1 - (Math.SQRT2 - 1))));
    expect(data[4]).toBe(100);
  });

  test('mirrors, and mirrors back', () => {
    expect(rowsOf(flip().apply(nine, k))[0]).toEqual([3, 2, 1]);
    expect(rowsOf(flip({ axis: 'vertical' }).apply(nine, k))[0]).toEqual([7, 8, 9]);
    for (const axis of ['horizontal', 'vertical'] as const)
      expect(flip({ axis }).apply(flip({ axis }).apply(nine, k), k)).toEqual(nine);
    const colours = hostTensor('uint8', [1, 2, 3], [1, 2, 3, 4, 5, 6]);
    expect([...flip().apply(colours, k).data]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  test('moves by whole pixels exactly', () => {
    expect(rowsOf(translate({ down: 1, right: -1, unit: 'pixels', fill: 1 }).apply(nine, k))).toEqual([
      [255, 255, 255],
      [2, 3, 255],
      [5, 6, 255],
    ]);
    expect(rowsOf(translate({ down: 0, right: 2, unit: 'pixels', fill: 'edge' }).apply(nine, k))[0]).toEqual([1, 1, 1]);
    expect(translate({ down: 0, right: 0 }).apply(nine, k)).toEqual(nine);
  });

  test('moves by half a pixel between two', () => {
    expect(rowsOf(translate({ down: 0, right: 0.5 }).apply(grey([[100, 200]]), k))).toEqual([[0, 100]]);
    expect(rowsOf(translate({ down: 0, right: 0.25 }).apply(grey([[100, 200]]), k))).toEqual([[50, 150]]);
  });

  test('shears by 45° about the centre', () => {
    expect(rowsOf(shear({ horizontal: 45 }).apply(nine, k))).toEqual([
      [0, 1, 2],
      [4, 5, 6],
      [8, 9, 0],
    ]);
    expect(rowsOf(shear({ horizontal: 0, vertical: 45 }).apply(nine, k))).toEqual([
      [0, 2, 6],
      [1, 5, 9],
      [4, 8, 0],
    ]);
  });

  test('zooms in and out about the centre', () => {
    const four = grey([
      [0, 0, 0, 0],
      [0, 80, 80, 0],
      [0, 80, 80, 0],
      [0, 0, 0, 0],
    ]);
    const near = rescale({ factor: 2 }).apply(four, k);
    expect(total(near.data)).toBeGreaterThan(640);
    expect(rowsOf(rescale({ factor: 1 }).apply(four, k))).toEqual(rowsOf(four));
    expect(rowsOf(rescale({ factor: 0.5, fill: 1 }).apply(nine, k))[0]).toEqual([255, 255, 255]);
    expect(rowsOf(rescale({ factor: 0.5 }).apply(nine, k))[1]![1]).toBe(5);
  });

  test('crops: the whole area is the image itself, a part lies within its range', () => {
    expect(randomCrop({ area: 1, ratio: 1 }).apply(nine, k)).toEqual(nine);
    const ramp = hostTensor(
      'float32',
      [1, 101, 1],
      Float32Array.from({ length: 101 }, (_, at) => at / 100),
    );
    for (let seed = 0; seed < 30; seed++) {
      const { data } = randomCrop({ area: 0.25, ratio: 1 }).apply(ramp, key(seed));
      expect(data[100]! - data[0]!).toBeCloseTo(0.5, 1); // half of the width
      expect(data[0]).toBeGreaterThanOrEqual(0);
    }
  });

  test('draws angles of all the interval', () => {
    const dot = grey(
      Array.from({ length: 9 }, (_, row) =>
        Array.from({ length: 9 }, (_, column) => (row === 0 && column === 4 ? 255 : 0)),
      ),
    );
    const sides = Array.from({ length: 40 }, (_, seed) => {
      const rows = rowsOf(rotate({ degrees: [-40, 40] }).apply(dot, key(seed)));
      return Math.sign(rows.flatMap((row) => row.map((value, column) => value * (column - 4))).reduce((a, b) => a + b));
    });
    expect(sides).toContain(-1);
    expect(sides).toContain(1);
  });

  test('any affine map can be given', () => {
    const upsideDown = { yy: -1, yx: 0, xy: 0, xx: 1, y0: 0, x0: 0 };
    expect(warpImage(nine, upsideDown)).toEqual(flip({ axis: 'vertical' }).apply(nine, k));
  });
});

describe('colours', () => {
  const only = (change: object) => colourJitter({ brightness: 0, contrast: 0, saturation: 0, ...change });

  test('brightness multiplies, and is cut at white', () => {
    const results = Array.from(
      { length: 50 },
      (_, seed) => only({ brightness: 0.5 }).apply(pixel(100, 200, 0), key(seed)).data,
    );
    for (const [red, green, blue] of results) {
      expect(red).toBeGreaterThanOrEqual(50);
      expect(red).toBeLessThanOrEqual(150);
      expect(Math.abs(green! - Math.min(255, 2 * red!))).toBeLessThanOrEqual(1);
      expect(blue).toBe(0);
    }
    expect(new Set(results.map(([red]) => red)).size).toBeGreaterThan(20);
  });

  test('contrast keeps the mean grey, saturation the grey of each pixel', () => {
    const two = hostTensor('float32', [1, 2, 3], Float32Array.of(0.5, 0.5, 0.5, 0.7, 0.7, 0.7));
    const { data } = only({ contrast: 0.5 }).apply(two, k);
    expect(data[0]! + data[3]!).toBeCloseTo(1.2, 6);
    expect(data[3]! - data[0]!).not.toBeCloseTo(0.2, 3);
    const one = hostTensor('float32', [1, 1, 3], Float32Array.of(0.6, 0.5, 0.4));
    const vivid = only({ saturation: 0.9 }).apply(one, k).data;
    const luma = (colour: ArrayLike<number>) => 0.299 * colour[0]! + 0.587 * colour[1]! + 0.114 * colour[2]!;
    expect(luma(vivid)).toBeCloseTo(luma(one.data), 6);
    expect(vivid).not.toEqual(one.data);
  });

  test('a turned hue keeps the largest and the smallest channel, and grey stays grey', () => {
    for (let seed = 0; seed < 30; seed++) {
      const { data } = only({ hue: 0.5 }).apply(pixel(200, 120, 40), key(seed));
      expect([Math.max(...data), Math.min(...data)]).toEqual([200, 40]);
    }
    expect([...only({ hue: 0.5 }).apply(pixel(90, 90, 90), k).data]).toEqual([90, 90, 90]);
  });

  test('transparency stays, and grey images have no saturation', () => {
    expect(colourJitter({ hue: 0.5 }).apply(pixel(10, 20, 30, 77), k).data[3]).toBe(77);
    expect(colourJitter({ hue: 0.5 }).apply(pixel(10, 77), k).data[1]).toBe(77);
    expect(only({ saturation: 1, hue: 0.5 }).apply(pixel(10), k)).toEqual(pixel(10));
  });
});

describe('blur, noise and cutouts', () => {
  test('a blur spreads a point by a Gaussian whose sum is 1', () => {
    const point = hostTensor('float32', [9, 9, 1], new Float32Array(81));
    point.data[40] = 1;
    const { data } = blur({ sigma: 1 }).apply(point, k);
    expect(total(data)).toBeCloseTo(1, 5);
    expect(data[41]! / data[40]!).toBeCloseTo(Math.exp(-0.5), 5);
    expect(data[49]! / data[40]!).toBeCloseTo(Math.exp(-0.5), 5);
    expect(data[50]! / data[40]!).toBeCloseTo(Math.exp(-1), 5);
  });

  test('Gaussian noise has its deviation', () => {
    const flat = hostTensor('float32', [100, 100, 1], new Float32Array(10_000).fill(0.5));
    const { data } = pixelNoise({ deviation: 0.1 }).apply(flat, k);
    const mean = total(data) / 1e4;
    const deviation = Math.sqrt(total(Array.from(data, (value) => (value - mean) ** 2)) / 1e4);
    expect(mean).toBeCloseTo(0.5, 2);
    expect(Math.abs(deviation - 0.1)).toBeLessThan(0.003);
  });

  test('salt and pepper come in equal shares, whole pixels at a time', () => {
    const flat = hostTensor('uint8', [100, 100, 3], new Uint8Array(30_000).fill(90));
    const { data } = saltAndPepper({ rate: 0.2 }).apply(flat, k);
    const count = (value: number) => data.filter((one) => one === value).length / 3e4;
    expect(Math.abs(count(0) - 0.1)).toBeLessThan(0.015);
    expect(Math.abs(count(255) - 0.1)).toBeLessThan(0.015);
    expect(count(90)).toBeCloseTo(1 - count(0) - count(255), 9);
    for (let at = 0; at < 30_000; at += 3) expect(data[at + 1]).toBe(data[at]);
  });

  test('a cutout covers a square of its side, less what lies outside', () => {
    const white = hostTensor('uint8', [8, 8, 1], new Uint8Array(64).fill(255));
    const areas = Array.from(
      { length: 100 },
      (_, seed) =>
        cutout({ side: 0.5 })
          .apply(white, key(seed))
          .data.filter((value) => value === 0).length,
    );
    expect(Math.max(...areas)).toBe(16);
    expect(Math.min(...areas)).toBeGreaterThanOrEqual(4);
    expect(cutout({ side: 2, fill: 0.5 }).apply(pixel(0), k)).toEqual(pixel(128));
  });
});

describe('hostile images', () => {
  const all = [
    rotate(),
    flip(),
    randomCrop(),
    rescale(),
    translate(),
    shear(),
    colourJitter(),
    blur(),
    pixelNoise(),
    cutout(),
  ];

  test.each(all.map((one) => [one.name, one] as const))(
    '%s: empty images stay empty, others are refused with a reason',
    (_, one) => {
      for (const shape of [
        [0, 0, 3],
        [0, 5, 1],
        [5, 0, 4],
      ]) {
        expect(one.apply(hostTensor('uint8', shape, []), k).shape).toEqual(shape);
      }
      expect(one.apply(pixel(5), k).shape).toEqual([1, 1, 1]);
      for (const bad of [
        hostTensor('uint8', [2, 2], [1, 2, 3, 4]),
        hostTensor('int32', [1, 1, 1], [1]),
        { dtype: 'uint8', shape: [2, 2, 1], data: new Uint8Array(3) },
      ])
        expect(() => one.apply(bad as Picture, k)).toThrow(
          /Expected an image, uint8 or float32 \[height, width, channels\]/,
        );
      const nan = hostTensor('float32', [1, 2, 1], Float32Array.of(0, Number.NaN));
      expect(() => one.apply(nan, k)).toThrow('Expected an image of finite numbers. Found NaN at 1.');
    },
  );

  test('changes of colours refuse images that were normalised', () => {
    const far = hostTensor('float32', [1, 1, 1], Float32Array.of(-2.5));
    for (const one of [colourJitter(), pixelNoise()])
      expect(() => one.apply(far, k)).toThrow(/in \[0, 1\].*Found -2.5/);
    expect(flip().apply(far, k)).toEqual(far);
    expect(() => colourJitter().apply(pixel(1, 2, 3, 4, 5), k)).toThrow(/1 to 4 channels. Found 5/);
  });
});
