import * as tf from '@tensorflow/tfjs-core';
import type { Sliding } from '../kernels/conv-window.ts';
import { type Shape5, type Triple, type Windows, windowsOf, withoutSkipped } from '../kernels/volume.ts';
import type { Composed } from './composed.ts';

/* Pools and convolutions over volumes where tfjs's own are wrong, one axis after another. */

/** As [in front of the axis, axis, behind it]. */
const around = (shape: readonly number[], axis: number) =>
  [tf.util.sizeFromShape(shape.slice(0, axis)), shape[axis]!, tf.util.sizeFromShape(shape.slice(axis + 1))] as const;

const withAxis = (shape: readonly number[], axis: number, length: number) =>
  shape.map((size, index) => (index === axis ? length : size));

/** What each place of the window sees along one axis. */
function slide(x: tf.Tensor, axis: number, window: Sliding, fill: number): tf.Tensor[] {
  const { before, after, count, size, stride, dilation } = window;
  const [front, length, back] = around(x.shape, axis);
  const flat = tf.reshape(x, [front, length, back]);
  const padded = tf.pad(
    flat,
    [
      [0, 0],
      [before, Math.max(0, after)],
      [0, 0],
    ],
    fill,
  );
  return Array.from({ length: size }, (_, index) => {
    const start = index * dilation;
    const end = [front, start + (count - 1) * stride + 1, back];
    const seen = tf.stridedSlice(padded, [0, start, 0], end, [1, stride, 1]);
    return tf.reshape(seen, withAxis(x.shape, axis, count));
  });
}

/** The reverse of `slide`: what each place sends back, added up where it came from. */
function spread(taps: readonly tf.Tensor[], axis: number, window: Sliding): tf.Tensor {
  const { before, after, count, length, stride, dilation } = window;
  const { shape } = taps[0]!;
  const [front, , back] = around(shape, axis);
  const whole = before + length + Math.max(0, after);
  const reach = (count - 1) * stride + 1;
  const placed = taps.map((tap, index) => {
    const apart = tf.pad(tf.reshape(tap, [front, count, 1, back]), [
      [0, 0],
      [0, 0],
      [0, stride - 1],
      [0, 0],
    ]);
    const kept = tf.slice(tf.reshape(apart, [front, count * stride, back]), [0, 0, 0], [front, reach, back]);
    const start = index * dilation;
    return tf.pad(kept, [
      [0, 0],
      [start, whole - start - reach],
      [0, 0],
    ]);
  });
  return tf.reshape(tf.slice(tf.addN(placed), [0, before, 0], [front, length, back]), withAxis(shape, axis, length));
}

const starts = (windows: Windows) => [0, ...windows.map(({ before }) => Math.max(0, -before)), 0];

const skip = (x: tf.Tensor, windows: Windows) => tf.slice(x, starts(windows));

const unskip = (dx: tf.Tensor, windows: Windows) =>
  tf.pad(
    dx,
    starts(windows).map((start): [number, number] => [start, 0]),
  );

const axes = [3, 2, 1] as const;

/** The taps along each axis in turn, and the largest of them. */
function maxima(x: tf.Tensor, windows: Windows) {
  let rest = x;
  return axes.map((axis) => {
    const taps = slide(rest, axis, windows[axis - 1]!, Number.NEGATIVE_INFINITY);
    rest = taps.reduce((left, right) => tf.maximum(left, right));
    return { axis, taps, result: rest };
  });
}

type Pooling = {
  readonly filterSize: number | Triple;
  readonly strides: number | Triple;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

const poolWindows = ({ shape }: tf.Tensor, { filterSize, strides, pad, dimRoundingMode }: Pooling) =>
  windowsOf(tf.backend_util.computePool3DInfo(shape as Shape5, filterSize, strides, 1, pad, dimRoundingMode));

export const maxPool3D: Composed = ({ x }, attributes: Pooling) => {
  const windows = poolWindows(x!, attributes);
  return maxima(skip(x!, windows), withoutSkipped(windows)).at(-1)!.result;
};

/** The last of equal maxima has the gradient: along each axis the last tap that holds it takes what is left. */
export const maxPool3DGrad: Composed = ({ dy, input }, attributes: Pooling) => {
  const given = poolWindows(input!, attributes);
  const windows = withoutSkipped(given);
  const dx = maxima(skip(input!, given), windows).reduceRight((upstream, { axis, taps, result }) => {
    let left = upstream;
    const parts = [...taps].reverse().map((tap) => {
      const part = tf.mul(left, tf.cast(tf.equal(tap, result), 'float32'));
      left = tf.sub(left, part);
      return part;
    });
    return spread(parts.reverse(), axis, windows[axis - 1]!);
  }, dy!);
  return unskip(dx, given);
};

type Convolution = { readonly strides: number | Triple; readonly pad: 'same' | 'valid' };

/** ∂L/∂x: what every place of the filter sends back, dy · filterᵀ, added up along width, height and depth. */
export const conv3DInput: Composed = (
  { dy, filter },
  { strides, pad, inputShape }: Convolution & { readonly inputShape: Shape5 },
) => {
  const [depth, height, width, inChannels, outChannels] = filter!.shape as Shape5;
  const given = windowsOf(tf.backend_util.computeConv3DInfo(inputShape, filter!.shape as Shape5, strides, 1, pad));
  const windows = withoutSkipped(given);
  const positions = dy!.size / outChannels;
  const all = tf.matMul(
    tf.reshape(dy!, [positions, outChannels]),
    tf.reshape(filter!, [depth * height * width * inChannels, outChannels]),
    false,
    true,
  );
  const shape = [...dy!.shape.slice(0, 4), inChannels];
  const taps = tf
    .unstack(tf.reshape(all, [positions, depth * height * width, inChannels]), 1)
    .map((tap) => tf.reshape(tap, shape));
  const folded = [width, height, depth].reduce(
    (parts, size, index) =>
      Array.from({ length: parts.length / size }, (_, group) =>
        spread(parts.slice(group * size, (group + 1) * size), axes[index]!, windows[2 - index]!),
      ),
    taps,
  );
  return unskip(folded[0]!, given);
};

/** ∂L/∂filter: what every place of the filter sees, transposed, times dy. */
export const conv3DFilter: Composed = (
  { x, dy },
  { strides, pad, filterShape }: Convolution & { readonly filterShape: Shape5 },
) => {
  const [, , , inChannels, outChannels] = filterShape;
  const given = windowsOf(tf.backend_util.computeConv3DInfo(x!.shape as Shape5, filterShape, strides, 1, pad));
  const windows = withoutSkipped(given);
  const seen = ([1, 2, 3] as const).reduce(
    (parts, axis) => parts.flatMap((part) => slide(part, axis, windows[axis - 1]!, 0)),
    [skip(x!, given)],
  );
  const positions = dy!.size / outChannels;
  const columns = tf.reshape(tf.stack(seen, 4), [positions, seen.length * inChannels]);
  return tf.reshape(tf.matMul(columns, tf.reshape(dy!, [positions, outChannels]), true, false), filterShape);
};
