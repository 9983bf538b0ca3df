import * as tf from '@tensorflow/tfjs-core';
import { unsliced } from './slices.ts';

export type Window = {
  readonly length: number;
  readonly count: number;
  readonly size: number;
  readonly stride: number;
  readonly before: number;
};

/** Less than every entry of an image. */
const lowest = -3.4e38;

/** ∂L/∂x of a maximum pool over volumes: place by place of the window, dy goes to the first that holds the maximum. */
export function maxPool3dGradient(dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor, windows: readonly Window[]): tf.Tensor {
  const paddings = windows.map(({ length, count, size, stride, before }): [number, number] => [
    before,
    Math.max(0, (count - 1) * stride + size - before - length),
  ]);
  const image = tf.pad(x, [[0, 0], ...paddings, [0, 0]], lowest);
  const strides = [1, ...windows.map(({ stride }) => stride), 1];
  let open: tf.Tensor = tf.onesLike(dy);
  let sum: tf.Tensor = tf.zerosLike(image);
  for (const place of placesOf(windows)) {
    const begin = [0, ...place, 0];
    const last = windows.map(({ count, stride }, axis) => place[axis]! + (count - 1) * stride + 1);
    const end = [image.shape[0]!, ...last, image.shape[4]!];
    const isHere = tf.cast(tf.equal(tf.stridedSlice(image, begin, end, strides), y), 'float32');
    const taken = tf.mul(isHere, open);
    open = tf.sub(open, taken);
    sum = tf.add(sum, unsliced(tf.mul(dy, taken), image.shape, { begin, end, strides, ...unmasked }));
  }
  return tf.slice(sum, [0, ...windows.map(({ before }) => before), 0], x.shape);
}

const unmasked = { beginMask: 0, endMask: 0, ellipsisMask: 0, newAxisMask: 0, shrinkAxisMask: 0 };

/** All places of a window, the last axis fastest. */
const placesOf = (windows: readonly Window[]): number[][] =>
  windows.reduce<number[][]>(
    (places, { size }) => places.flatMap((place) => Array.from({ length: size }, (_, index) => [...place, index])),
    [[]],
  );
