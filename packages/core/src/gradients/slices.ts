import * as tf from '@tensorflow/tfjs-core';
import { type KernelGradient, kernelGradient, productOf } from './kernel-gradient.ts';

export type StridedSlice = {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
};

/** `rest − 1` zeros after each of the entries of an axis, without those after the last. */
function spaced(x: tf.Tensor, axis: number, step: number): tf.Tensor {
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis + 1)];
  const length = x.shape[axis]!;
  const flat = tf.reshape(x, [productOf(before), length, 1, productOf(after)]);
  const filled = tf.reshape(
    tf.pad(flat, [
      [0, 0],
      [0, 0],
      [0, step - 1],
      [0, 0],
    ]),
    [productOf(before), length * step, productOf(after)],
  );
  const whole = (length - 1) * step + 1;
  return tf.reshape(tf.slice(filled, [0, 0, 0], [productOf(before), whole, productOf(after)]), [
    ...before,
    whole,
    ...after,
  ]);
}

/** The gradient of tf.stridedSlice: dy at the places it was read from, among zeros. */
export function unsliced(dy: tf.Tensor, shape: readonly number[], attributes: StridedSlice): tf.Tensor {
  const { beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  const masks = [beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask] as const;
  const info = tf.slice_util.sliceInfo([...shape], attributes.begin, attributes.end, attributes.strides, ...masks);
  const sizes = shape.map((_, axis) =>
    Math.max(0, Math.ceil((info.end[axis]! - info.begin[axis]!) / info.strides[axis]!)),
  );
  if (sizes.includes(0)) return tf.zeros([...shape]);
  let found = tf.reshape(dy, sizes);
  const backwards = shape.flatMap((_, axis) => (info.strides[axis]! < 0 ? [axis] : []));
  if (backwards.length > 0) found = tf.reverse(found, backwards);
  const paddings = shape.map((length, axis): [number, number] => {
    const [begin, stride] = [info.begin[axis]!, info.strides[axis]!];
    const last = begin + (sizes[axis]! - 1) * stride;
    if (Math.abs(stride) > 1 && sizes[axis]! > 1) found = spaced(found, axis, Math.abs(stride));
    return [Math.min(begin, last), length - 1 - Math.max(begin, last)];
  });
  return shape.length > 0 ? tf.pad(found, paddings) : found;
}

/** The mirrored borders of each axis are added where they were taken from. */
function unmirrored(
  dy: tf.Tensor,
  shape: readonly number[],
  paddings: readonly [number, number][],
  skipped: 0 | 1,
): tf.Tensor {
  let found = dy;
  for (const [axis, [before, after]] of paddings.entries()) {
    if (before + after === 0) continue;
    const length = shape[axis]!;
    const part = (begin: number, size: number) =>
      tf.slice(
        found,
        found.shape.map((_, at) => (at === axis ? begin : 0)),
        found.shape.map((whole, at) => (at === axis ? size : whole)),
      );
    const border = (begin: number, size: number, place: number) =>
      tf.pad(
        tf.reverse(part(begin, size), axis),
        found.shape.map((_, at) => (at === axis ? [place, length - place - size] : [0, 0])),
      );
    const parts = [part(before, length)];
    if (before > 0) parts.push(border(0, before, skipped));
    if (after > 0) parts.push(border(before + length, after, length - after - skipped));
    found = parts.reduce((sum, other) => tf.add(sum, other));
  }
  return found;
}

/** [batch, height·block, width·block, depth] as [batch, height, width, block·block·depth]. */
function spaceToDepth(dy: tf.Tensor, block: number): tf.Tensor {
  const [batch, height, width, depth] = dy.shape as [number, number, number, number];
  const split = tf.reshape(dy, [batch, height / block, block, width / block, block, depth]);
  return tf.reshape(tf.transpose(split, [0, 1, 3, 2, 4, 5]), [
    batch,
    height / block,
    width / block,
    block * block * depth,
  ]);
}

export const sliceGradients: readonly KernelGradient[] = [
  kernelGradient<StridedSlice>(tf.StridedSlice, 'none', { inputs: ['x'] }, (dy, [x], attributes) => ({
    x: () => unsliced(dy, x!.shape, attributes),
  })),
  kernelGradient<{ paddings: [number, number][]; mode: 'reflect' | 'symmetric' }>(
    tf.MirrorPad,
    'without what the borders show',
    { inputs: ['x'] },
    (dy, [x], { paddings, mode }) => ({ x: () => unmirrored(dy, x!.shape, paddings, mode === 'reflect' ? 1 : 0) }),
  ),
  kernelGradient<{ blockSize: number; dataFormat: 'NHWC' | 'NCHW' }>(
    tf.DepthToSpace,
    'none',
    {},
    (dy, _, { blockSize, dataFormat }) => ({
      x: () => {
        if (dataFormat === 'NHWC') return spaceToDepth(dy, blockSize);
        return tf.transpose(spaceToDepth(tf.transpose(dy, [0, 2, 3, 1]), blockSize), [0, 3, 1, 2]);
      },
    }),
  ),
  kernelGradient(tf.FlipLeftRight, 'none', {}, (dy) => ({ image: () => tf.reverse(dy, 2) })),
];
