import * as tf from '@tensorflow/tfjs-core';
import type { Composed } from './composed.ts';
import { type Attributes, collect, infoOf, patches, type Shape4D } from './wasm-windows.ts';

/* The gradients of convolutions that tfjs's wasm backend lacks, from slices, sums and matrix products. NHWC, as its convolutions. */

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
