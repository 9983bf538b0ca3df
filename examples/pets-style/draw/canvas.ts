import { type Key, words } from '@polytask/base';
import type { Box } from './shapes.ts';

/** Red, green and blue, each from 0 to 1. */
export type Colour = readonly [number, number, number];

/** A square picture; pixel (x, y) has its colour at 3·(y·size + x). */
export type Canvas = { readonly size: number; readonly pixels: Float32Array };

export const canvas = (size: number): Canvas => ({ size, pixels: new Float32Array(size * size * 3) });

/** Draws from ranges and lists, one after the other, all from one key. */
export type Draw = {
  between(low: number, high: number): number;
  integer(count: number): number;
  chance(probability: number): boolean;
  pick<Value>(list: readonly Value[]): Value;
};

export function drawFrom(key: Key): Draw {
  const next = words(key);
  const share = () => next() / 2 ** 32;
  return {
    between: (low, high) => low + share() * (high - low),
    integer: (count) => Math.floor(share() * count),
    chance: (probability) => share() < probability,
    pick: (list) => list[Math.floor(share() * list.length)]!,
  };
}

/** Lays a colour over the pixels of a box by the cover at each, 0 to 1, in coordinates from −1 to 1. */
export function paint(
  { size, pixels }: Canvas,
  cover: (x: number, y: number) => number,
  colour: Colour | ((x: number, y: number) => Colour),
  [left, top, right, bottom]: Box = [-1, -1, 1, 1],
): void {
  const pixel = (place: number) => ((place + 1) * size) / 2;
  const [firstRow, lastRow] = [Math.max(0, Math.floor(pixel(top))), Math.min(size, Math.ceil(pixel(bottom)))];
  const [firstColumn, lastColumn] = [Math.max(0, Math.floor(pixel(left))), Math.min(size, Math.ceil(pixel(right)))];
  for (let row = firstRow; row < lastRow; row++) {
    for (let column = firstColumn; column < lastColumn; column++) {
      const x = (2 * (column + 0.5)) / size - 1;
      const y = (2 * (row + 0.5)) / size - 1;
      const share = Math.min(1, cover(x, y));
      if (share <= 0) continue;
      const own = typeof colour === 'function' ? colour(x, y) : colour;
      const at = 3 * (row * size + column);
      for (let channel = 0; channel < 3; channel++)
        pixels[at + channel]! += (own[channel]! - pixels[at + channel]!) * share;
    }
  }
}

export const mixed = (one: Colour, other: Colour, share: number): Colour => [
  one[0] + (other[0] - one[0]) * share,
  one[1] + (other[1] - one[1]) * share,
  one[2] + (other[2] - one[2]) * share,
];

/** Smooth noise from 0 to 1, the same at the same place: values at whole numbers and what lies between them. */
export function noise(seed: number): (x: number, y: number) => number {
  const at = (x: number, y: number) => {
    let hash = Math.imul(x, 374761393) ^ Math.imul(y, 668265263) ^ Math.imul(seed + 1, 1274126177);
    hash = Math.imul(hash ^ (hash >>> 13), 1274126177);
    return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
  };
  const smooth = (t: number) => t * t * (3 - 2 * t);
  return (x, y) => {
    const [column, row] = [Math.floor(x), Math.floor(y)];
    const [u, v] = [smooth(x - column), smooth(y - row)];
    const above = at(column, row) * (1 - u) + at(column + 1, row) * u;
    const below = at(column, row + 1) * (1 - u) + at(column + 1, row + 1) * u;
    return above * (1 - v) + below * v;
  };
}
