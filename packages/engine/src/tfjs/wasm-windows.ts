import * as tf from '@tensorflow/tfjs-core';

export type Shape4D = [number, number, number, number];

export type Attributes = {
  readonly strides: [number, number] | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
  readonly dilations?: [number, number] | number;
};

/** The sizes of a convolution, how far its taps reach, and where they stand. */
export function infoOf(inputShape: Shape4D, filterShape: Shape4D, attributes: Attributes, depthwise: boolean) {
  const { strides, pad, dataFormat = 'NHWC', dimRoundingMode, dilations = 1 } = attributes;
  if (dataFormat !== 'NHWC') throw new RangeError(`The wasm backend has convolutions in NHWC. Found ${dataFormat}.`);
  const info = tf.backend_util.computeConv2DInfo(
    inputShape,
    filterShape,
    strides,
    dilations,
    pad,
    dimRoundingMode,
    depthwise,
  );
  const before = { top: info.padInfo.top, left: info.padInfo.left };
  // what the taps reach, which may be less or more than the padded input
  const height = (info.outHeight - 1) * info.strideHeight + info.effectiveFilterHeight;
  const width = (info.outWidth - 1) * info.strideWidth + info.effectiveFilterWidth;
  const taps = Array.from({ length: info.filterHeight * info.filterWidth }, (_, tap) => ({
    y: Math.floor(tap / info.filterWidth) * info.dilationHeight,
    x: (tap % info.filterWidth) * info.dilationWidth,
  }));
  return { ...info, ...before, height, width, taps };
}

export type Info = ReturnType<typeof infoOf>;

/** x with its padding, exactly as much of it as the filter reaches. */
export function reached(x: tf.Tensor4D, { top, left, height, width, batchSize, inChannels }: Info): tf.Tensor4D {
  const [, inHeight, inWidth] = x.shape;
  const padded = tf.pad(x, [
    [0, 0],
    [top, Math.max(0, height - top - inHeight)],
    [left, Math.max(0, width - left - inWidth)],
    [0, 0],
  ]);
  return tf.slice(padded, [0, 0, 0, 0], [batchSize, height, width, inChannels]);
}
