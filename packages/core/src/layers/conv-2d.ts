import { fold, quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { heNormal, type Initializer, zeros } from '../initializers.ts';
import type { Layer } from '../layer.ts';
import { type ActivationName, activationFunction } from './activation.ts';
import { requirePositive } from './arguments.ts';

/** `filter` [size, size, in, filters], `bias` [filters]. */
export type Conv2dParams = { readonly filter: tf.Tensor; readonly bias?: tf.Tensor };

export type Conv2dOptions = {
  readonly filters: number;
  /** Height and width of a filter. Default: 3. */
  readonly size?: number;
  /** Default: 1. */
  readonly stride?: number;
  /** Zeros on each side. Default: ⌊size / 2⌋, which keeps height and width at stride 1. */
  readonly padding?: number;
  readonly activation?: ActivationName;
  /** Default: true. */
  readonly bias?: boolean;
  /** First values of `filter`; default `heNormal`. The bias starts at 0. */
  readonly init?: Initializer;
};

/**
 * A convolution over height and width: y[i, j] = f(Σ x[s·i + u − p, s·j + v − p]·W[u, v] + b), with zeros around x.
 *
 * [batch, height, width, in] → [batch, ⌊(height + 2p − size)/stride⌋ + 1, …, filters]. Padding is the same on all sides whatever the size, as
 * in PyTorch: so what stands behind the end of a shorter input has no part in the values before it.
 * PyTorch's `nn.Conv2d`: `filter` = `weight` with axes [2, 3, 1, 0].
 *
 * @throws RangeError for options that are no positive integers, an unknown activation, or an input without three axes or smaller than the filter.
 */
export function conv2d({
  filters,
  size = 3,
  stride = 1,
  padding = Math.floor(size / 2),
  activation = 'identity',
  bias = true,
  init = heNormal,
}: Conv2dOptions): Layer<Conv2dParams> {
  for (const [name, value] of Object.entries({ filters, size, stride })) requirePositive(`conv2d.${name}`, value);
  if (!(Number.isInteger(padding) && padding >= 0 && padding < size))
    throw new RangeError(`conv2d.padding: expected an integer from 0 to ${size - 1}. Found ${quote(padding)}.`);
  const f = activationFunction(activation);
  return {
    init(key, inputShape) {
      const [height, width, channels] = imageShape('conv2d', inputShape);
      const filter = init(fold(key, 'filter'), [size, size, channels, filters]);
      const outputShape = [
        windows(height, { size, stride, padding }),
        windows(width, { size, stride, padding }),
        filters,
      ];
      return {
        params: bias ? { filter, bias: zeros(fold(key, 'bias'), [filters]) } : { filter },
        outputShape,
      };
    },
    apply({ filter, bias: offset }, x) {
      const convolved = tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, padding, 'NHWC', 1, 'floor');
      return f(offset ? tf.add(convolved, offset) : convolved);
    },
  };
}

/** How many windows fit: ⌊(length + 2·padding − size) / stride⌋ + 1. @throws RangeError when none does. */
export function windows(
  length: number,
  { size, stride, padding }: { readonly size: number; readonly stride: number; readonly padding: number },
): number {
  const count = Math.floor((length + 2 * padding - size) / stride) + 1;
  if (count < 1) throw new RangeError(`Expected at least ${size - 2 * padding} pixels. Found ${length}.`);
  return count;
}

/** @throws RangeError unless the shape is [height, width, channels]. */
export function imageShape(name: string, shape: readonly number[]): readonly [number, number, number] {
  if (shape.length !== 3)
    throw new RangeError(`${name}: expected the shape [height, width, channels]. Found ${quote(shape)}.`);
  return shape as unknown as readonly [number, number, number];
}
