import * as tf from '@tensorflow/tfjs-core';
import type { Composed } from './composed.ts';
import { type Attributes, type Info, infoOf, reached, type Shape4D } from './wasm-windows.ts';

/* The gradients of convolutions that tfjs's wasm backend lacks, from slices, sums and matrix products. NHWC, as its convolutions. */

/** For each tap of the filter, the entries of x that it meets: [batch, outHeight, outWidth, inChannels]. */
function patches(x: tf.Tensor4D, info: Info): tf.Tensor4D[] {
  const { batchSize, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const padded = reached(x, info);
  return info.taps.map(({ y, x: column }) => {
    const end = [
      batchSize,
      y + (outHeight - 1) * strideHeight + 1,
      column + (outWidth - 1) * strideWidth + 1,
      inChannels,
    ];
    return tf.stridedSlice(padded, [0, y, column, 0], end, [1, strideHeight, strideWidth, 1]) as tf.Tensor4D;
  });
}

/** The reverse of `patches`: what each tap sends back, added up where it came from. */
function collect(parts: readonly tf.Tensor4D[], info: Info): tf.Tensor4D {
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const height = Math.max(info.height, info.top + inHeight);
  const width = Math.max(info.width, info.left + inWidth);
  const spread = (x: tf.Tensor4D): tf.Tensor4D => {
    const rows = apart(tf.reshape(x, [batchSize, outHeight, 1, outWidth * inChannels]), strideHeight);
    const columns = apart(tf.reshape(rows, [-1, outWidth, 1, inChannels]), strideWidth);
    return tf.reshape(columns, [batchSize, outHeight * strideHeight, outWidth * strideWidth, inChannels]);
  };
  const placed = parts.map((part, tap) => {
    const { y, x } = info.taps[tap]!;
    const reach = [(outHeight - 1) * strideHeight + 1, (outWidth - 1) * strideWidth + 1] as const;
    const kept = tf.slice(spread(part), [0, 0, 0, 0], [batchSize, ...reach, inChannels]);
    return tf.pad(kept, [
      [0, 0],
      [y, height - y - reach[0]],
      [x, width - x - reach[1]],
      [0, 0],
    ]);
  });
  return tf.slice(tf.addN(placed), [0, info.top, info.left, 0], [batchSize, inHeight, inWidth, inChannels]);
}

/** Each entry of the second axis followed by stride − 1 zeros: [a, b, 1, c] → [a, b, stride, c]. */
function apart(x: tf.Tensor4D, stride: number): tf.Tensor4D {
  const [a, b, , c] = x.shape;
  return stride === 1 ? x : tf.concat([x, tf.zeros([a, b, stride - 1, c])], 2);
}

/** ∂L/∂filter: all patches side by side, [positions, taps · inChannels], transposed, times dy, [positions, outChannels]. */
const convFilter: Composed = ({ x, dy }, attributes: Attributes & { filterShape: Shape4D }) => {
  const info = infoOf(x!.shape as Shape4D, attributes.filterShape, attributes, false);
  const { batchSize, outHeight, outWidth, outChannels, inChannels, taps } = info;
  const positions = batchSize * outHeight * outWidth;
  const columns = tf.reshape(tf.concat(patches(x as tf.Tensor4D, info), 3), [positions, taps.length * inChannels]);
  return tf.reshape(tf.matMul(columns, tf.reshape(dy!, [positions, outChannels]), true, false), attributes.filterShape);
};

/** ∂L/∂filter where each input channel has filters of its own: per tap, Σ over positions of x · dy. */
const depthwiseFilter: Composed = ({ x, dy }, attributes: Attributes & { filterShape: Shape4D }) => {
  const info = infoOf(x!.shape as Shape4D, attributes.filterShape, attributes, true);
  const { batchSize, outHeight, outWidth, inChannels, outChannels } = info;
  const positions = batchSize * outHeight * outWidth;
  const upstream = tf.reshape(dy!, [positions, inChannels, outChannels / inChannels]);
  const taps = patches(x as tf.Tensor4D, info).map((patch) =>
    tf.sum(tf.mul(tf.reshape(patch, [positions, inChannels, 1]), upstream), 0),
  );
  return tf.reshape(tf.stack(taps), attributes.filterShape);
};

/** ∂L/∂x where each input channel has filters of its own: per tap, Σ over its filters of dy · filter. */
const depthwiseInput: Composed = ({ dy, filter }, attributes: Attributes & { inputShape: Shape4D }) => {
  const info = infoOf(attributes.inputShape, filter!.shape as Shape4D, attributes, true);
  const { batchSize, outHeight, outWidth, inChannels, outChannels, taps } = info;
  const multiplier = outChannels / inChannels;
  const upstream = tf.reshape(dy!, [batchSize * outHeight * outWidth, inChannels, multiplier]);
  const filters = tf.unstack(tf.reshape(filter!, [taps.length, inChannels, multiplier]));
  const parts = filters.map((tap) =>
    tf.reshape(tf.sum(tf.mul(upstream, tap), 2), [batchSize, outHeight, outWidth, inChannels]),
  );
  return collect(parts as tf.Tensor4D[], info);
};

export const wasmGradients: Readonly<Record<string, Composed>> = {
  Conv2DBackpropFilter: convFilter,
  DepthwiseConv2dNativeBackpropFilter: depthwiseFilter,
  DepthwiseConv2dNativeBackpropInput: depthwiseInput,
};
