import * as tf from '@tensorflow/tfjs-core';
import { productOf } from './kernel-gradient.ts';

/* Gradients of convolutions with dilation, whose stride is 1; channels last, filters [sizes…, in, out] or, depthwise, [sizes…, in, multiplier]. */

/** How the windows of a convolution lie along one axis of the image. */
export type Window = {
  readonly length: number;
  /** How many windows, and how many entries in each. */
  readonly count: number;
  readonly size: number;
  readonly dilation: number;
  /** Padding before the first entry. */
  readonly before: number;
};

const reach = ({ size, dilation }: Window) => (size - 1) * dilation;

/** Pads, or cuts where a padding is negative, the axes between batch and channels. */
function padded(x: tf.Tensor, paddings: readonly (readonly [number, number])[]): tf.Tensor {
  const inner = (sizes: readonly number[], ends: number) => [ends, ...sizes, ends];
  const begin = inner(
    paddings.map(([before]) => Math.max(0, -before)),
    0,
  );
  const size = x.shape.map((length, axis) => {
    const [before, after] = paddings[axis - 1] ?? [0, 0];
    return length + Math.min(0, before) + Math.min(0, after);
  });
  const cut = tf.util.arraysEqual(size, x.shape) ? x : tf.slice(x, begin, size);
  if (paddings.every(([before, after]) => before <= 0 && after <= 0)) return cut;
  return tf.pad(cut, [
    [0, 0],
    ...paddings.map(([before, after]): [number, number] => [Math.max(0, before), Math.max(0, after)]),
    [0, 0],
  ]);
}

/** ∂L/∂x: the same convolution of dy with the filter reversed, and its channels exchanged. */
export function dilatedInputGradient(
  dy: tf.Tensor,
  filter: tf.Tensor,
  windows: readonly Window[],
  depthwise = false,
): tf.Tensor {
  const paddings = windows.map((window) => {
    const before = reach(window) - window.before;
    return [before, window.length + reach(window) - window.count - before] as const;
  });
  const image = padded(dy, paddings);
  const axes = windows.map((_, axis) => axis);
  const flipped = tf.reverse(filter, axes);
  const dilations = windows.map(({ dilation }) => dilation);
  if (depthwise) {
    const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
    const single = tf.reshape(flipped, [height, width, channels * multiplier, 1]);
    const each = tf.depthwiseConv2d(
      image as tf.Tensor4D,
      single as tf.Tensor4D,
      1,
      'valid',
      'NHWC',
      dilations as [number, number],
    );
    return multiplier === 1 ? each : tf.sum(tf.reshape(each, [...each.shape.slice(0, 3), channels, multiplier]), 4);
  }
  const exchanged = tf.transpose(flipped, [...axes, windows.length + 1, windows.length]);
  return windows.length === 2
    ? tf.conv2d(image as tf.Tensor4D, exchanged as tf.Tensor4D, 1, 'valid', 'NHWC', dilations as [number, number])
    : tf.conv3d(
        image as tf.Tensor5D,
        exchanged as tf.Tensor5D,
        1,
        'valid',
        'NDHWC',
        dilations as [number, number, number],
      );
}

/** All places of a window, the last axis fastest. */
const placesOf = (windows: readonly Window[]): number[][] =>
  windows.reduce<number[][]>(
    (places, { size, dilation }) =>
      places.flatMap((place) => Array.from({ length: size }, (_, index) => [...place, index * dilation])),
    [[]],
  );

/** ∂L/∂filter: what every place of the filter saw, side by side, [positions, places · in], transposed, times dy, [positions, out]. */
export function dilatedFilterGradient(
  dy: tf.Tensor,
  x: tf.Tensor,
  windows: readonly Window[],
  depthwise = false,
): tf.Tensor {
  const image = padded(
    x,
    windows.map((window) => [window.before, window.count + reach(window) - window.length - window.before] as const),
  );
  const [batch, channels, outputs] = [x.shape[0]!, x.shape.at(-1)!, dy.shape.at(-1)!];
  const counts = windows.map(({ count }) => count);
  const sizes = windows.map(({ size }) => size);
  const positions = batch * productOf(counts);
  const seen = placesOf(windows).map((place) => tf.slice(image, [0, ...place, 0], [batch, ...counts, channels]));
  if (depthwise) {
    const multiplier = outputs / channels;
    const upstream = tf.reshape(dy, [positions, channels, multiplier]);
    const sums = seen.map((part) => tf.sum(tf.mul(tf.reshape(part, [positions, channels, 1]), upstream), 0));
    return tf.reshape(tf.stack(sums), [...sizes, channels, multiplier]);
  }
  const columns = tf.reshape(tf.concat(seen, -1), [positions, seen.length * channels]);
  return tf.reshape(tf.matMul(columns, tf.reshape(dy, [positions, outputs]), true), [...sizes, channels, outputs]);
}
