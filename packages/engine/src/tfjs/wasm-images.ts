import * as tf from '@tensorflow/tfjs-core';
import { axesOf } from '../kernels/conv-window.ts';
import { fillsOf, type Rotation, rotated } from '../kernels/image.ts';
import { firstPlaces } from '../kernels/pool.ts';
import type { Composed } from './composed.ts';
import { type Attributes, collect, type Info, infoOf, patches, type Shape4D } from './wasm-windows.ts';

/* Operations on images that tfjs 4.22's wasm backend has and computes otherwise than its cpu backend. */

/** The kernel writes the fill value as an unsigned integer. */
export const rotate: Composed = ({ image }, attributes: Rotation) => {
  const [batch, height, width, channels] = image!.shape as Shape4D;
  const places = tf.tensor1d(rotated(height, width, attributes), 'int32');
  const flat = tf.reshape(image!, [batch, height * width, channels]);
  const moved = tf.gather(flat, tf.maximum(places, tf.scalar(0, 'int32')), 1);
  const isInside = tf.reshape(tf.greaterEqual(places, tf.scalar(0, 'int32')), [1, height * width, 1]);
  return tf.reshape(tf.where(isInside, moved, tf.tensor1d(fillsOf(attributes, channels))), image!.shape);
};

/**
 * The kernel reads beside the images for a box that is of none, and at the start of a box for its only pixel, which is in the middle: from
 * an edge to itself there are two such pixels.
 */
export const cropAndResize: Composed = (
  { image, boxes, boxInd },
  attributes: { readonly cropSize: [number, number] },
  original,
) => {
  const { cropSize } = attributes;
  const last = tf.scalar(image!.shape[0]! - 1, 'int32');
  const [top, left, bottom, right] = tf.split(boxes!, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const ends = (from: tf.Tensor, to: tf.Tensor, size: number) => {
    const middle = tf.mul(tf.add(from, to), 0.5);
    return size > 1 ? [from, to] : [middle, middle];
  };
  const [y, x] = [ends(top, bottom, cropSize[0]), ends(left, right, cropSize[1])];
  const crops = original(
    { image: image!, boxes: tf.concat([y[0]!, x[0]!, y[1]!, x[1]!], 1), boxInd: tf.minimum(boxInd!, last) },
    { ...attributes, cropSize: cropSize.map((size) => Math.max(2, size)) },
  );
  const kept = tf.slice(crops, [0, 0, 0, 0], [-1, ...cropSize, -1]);
  return tf.where(tf.reshape(tf.lessEqual(boxInd!, last), [-1, 1, 1, 1]), kept, tf.zerosLike(kept));
};

const imageInfo = (x: tf.Tensor, size: readonly number[], attributes: Attributes): Info =>
  infoOf(x.shape as Shape4D, [size[0]!, size[1]!, x.shape[3]!, 1], attributes, true);

const largest = (taps: readonly tf.Tensor[]) => taps.reduce((left, right) => tf.maximum(left, right));

type Pooling = Attributes & { readonly filterSize: number | [number, number]; readonly includeBatchInIndex: boolean };

/** The kernel takes 10⁻³⁸ for the smallest number. */
export const maxPoolWithArgmax: Composed<tf.Tensor[]> = ({ x }, attributes: Pooling) => {
  const [batch, height, width, channels] = x!.shape as Shape4D;
  const info = imageInfo(x!, [attributes.filterSize, attributes.filterSize].flat(), attributes);
  const taps = patches(tf.cast(x!, 'float32') as tf.Tensor4D, info, Number.NEGATIVE_INFINITY);
  const result = largest(taps);
  const integer = (values: number[], shape: number[]) => tf.tensor(values, shape, 'int32');
  const offsets = info.taps.map((tap) => integer([(tap.y * width + tap.x) * channels], []));
  const offset = taps
    .slice(0, -1)
    .reduceRight<tf.Tensor>(
      (later, tap, index) => tf.where(tf.equal(tap, result), offsets[index]!, later),
      tf.mul(offsets.at(-1)!, integer([1], [1, 1, 1, 1])),
    );
  const starts = integer(firstPlaces(axesOf(info), width, channels), [1, info.outHeight, info.outWidth, channels]);
  const images = Array.from({ length: batch }, (_, image) =>
    attributes.includeBatchInIndex ? image * height * width * channels : 0,
  );
  const places = tf.add(tf.add(starts, integer(images, [batch, 1, 1, 1])), offset);
  return [tf.cast(result, x!.dtype), places];
};

/** What each tap of the filter sees, plus its entry of the filter. */
function sums({ x, filter }: Readonly<Record<string, tf.Tensor>>, attributes: Attributes) {
  const info = imageInfo(x!, filter!.shape, attributes);
  const entries = tf.unstack(tf.reshape(tf.cast(filter!, 'float32'), [info.taps.length, filter!.shape[2]!]));
  const seen = patches(tf.cast(x!, 'float32') as tf.Tensor4D, info, Number.NEGATIVE_INFINITY);
  return { info, taps: seen.map((patch, index) => tf.add(patch, entries[index]!)) };
}

/** The kernels take 10⁻³⁸ for the smallest number. */
export const dilation: Composed = (inputs, attributes: Attributes) =>
  tf.cast(largest(sums(inputs, attributes).taps), inputs.x!.dtype);

/** dy as every tap takes it: the first of equal largest sums has all. */
function taken(inputs: Readonly<Record<string, tf.Tensor>>, attributes: Attributes) {
  const { info, taps } = sums(inputs, attributes);
  const result = largest(taps);
  let left = tf.cast(inputs.dy!, 'float32');
  const parts = taps.map((tap) => {
    const part = tf.mul(left, tf.cast(tf.equal(tap, result), 'float32'));
    left = tf.sub(left, part);
    return part as tf.Tensor4D;
  });
  return { info, parts };
}

export const dilationInput: Composed = (inputs, attributes: Attributes) => {
  const { info, parts } = taken(inputs, attributes);
  return tf.cast(collect(parts, info), inputs.x!.dtype);
};

export const dilationFilter: Composed = (inputs, attributes: Attributes) => {
  const parts = taken(inputs, attributes).parts.map((part) => tf.sum(part, [0, 1, 2]));
  return tf.cast(tf.reshape(tf.stack(parts), inputs.filter!.shape), inputs.filter!.dtype);
};
