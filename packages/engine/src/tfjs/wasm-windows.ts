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

/** x with its padding of `fill`, exactly as much of it as the filter reaches. */
export function reached(x: tf.Tensor4D, info: Info, fill = 0): tf.Tensor4D {
  const { top, left, height, width, batchSize, inHeight, inWidth, inChannels } = info;
  const padded = tf.pad(
    x,
    [
      [0, 0],
      [top, Math.max(0, height - top - inHeight)],
      [left, Math.max(0, width - left - inWidth)],
      [0, 0],
    ],
    fill,
  );
  return tf.slice(padded, [0, 0, 0, 0], [batchSize, height, width, inChannels]);
}

/** For each tap of the filter, the entries of x that it meets: [batch, outHeight, outWidth, inChannels]. */
export function patches(x: tf.Tensor4D, info: Info, fill = 0): tf.Tensor4D[] {
  const { batchSize, inChannels, outHeight, outWidth, strideHeight, strideWidth } = info;
  const padded = reached(x, info, fill);
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
export function collect(parts: readonly tf.Tensor4D[], info: Info): tf.Tensor4D {
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
