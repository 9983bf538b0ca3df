import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from '../layer.ts';
import type { NoParams } from './activation.ts';
import { requirePositive } from './arguments.ts';
import { imageShape, windows } from './conv-2d.ts';

export type Pooling2dOptions = {
  /** Height and width of a window. Default: 2. */
  readonly size?: number;
  /** Default: the size. */
  readonly stride?: number;
  /** Rows and columns on each side that no maximum is taken from. Default: 0. */
  readonly padding?: number;
};

/**
 * The maximum of each window: [batch, height, width, channels] → [batch, ⌊(height + 2p − size)/stride⌋ + 1, …, channels].
 *
 * @throws RangeError for options that are no positive integers, or an input without three axes or smaller than a window.
 */
export function maxPool2d({ size = 2, stride = size, padding = 0 }: Pooling2dOptions = {}): Layer<NoParams> {
  for (const [name, value] of Object.entries({ size, stride })) requirePositive(`maxPool2d.${name}`, value);
  if (!(Number.isInteger(padding) && padding >= 0 && 2 * padding <= size))
    throw new RangeError(`maxPool2d.padding: expected an integer from 0 to half the size. Found ${padding}.`);
  return {
    init(_, inputShape) {
      const [height, width, channels] = imageShape('maxPool2d', inputShape);
      const along = (length: number) => windows(length, { size, stride, padding });
      return { params: {}, outputShape: [along(height), along(width), channels] };
    },
    apply: (_, x) => tf.maxPool(x as tf.Tensor4D, size, stride, padding, 'floor'),
  };
}

/** The mean over height and width: [batch, height, width, channels] → [batch, channels]. @throws RangeError unless the input has three axes. */
export function globalAveragePool2d(): Layer<NoParams> {
  return {
    init: (_, inputShape) => ({ params: {}, outputShape: [imageShape('globalAveragePool2d', inputShape)[2]] }),
    apply: (_, x) => tf.mean(x, [1, 2]),
  };
}
