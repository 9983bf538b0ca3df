import * as tf from '@tensorflow/tfjs-core';
import { type KernelGradient, kernelGradient, noGradient, productOf } from './kernel-gradient.ts';

type Crop = { readonly cropSize: [number, number]; readonly method: 'bilinear' | 'nearest' };
type Lengths = { readonly crop: number; readonly image: number };

/** How much each place of the image counts in each place of the crops along one axis: [boxes, crop, image]. */
function shares(first: tf.Tensor, last: tf.Tensor, { crop, image }: Lengths, method: Crop['method']): tf.Tensor {
  const steps = crop > 1 ? tf.div(tf.range(0, crop), crop - 1) : tf.tensor1d([0.5]);
  const from = tf.reshape(first, [-1, 1]);
  const at = tf.mul(tf.add(from, tf.mul(tf.sub(tf.reshape(last, [-1, 1]), from), steps)), image - 1); // [boxes, crop]
  const isInside = tf.logicalAnd(tf.greaterEqual(at, 0), tf.lessEqual(at, image - 1));
  const place = tf.expandDims(method === 'bilinear' ? at : tf.floor(tf.add(at, 0.5)), 2);
  const share = tf.relu(tf.sub(1, tf.abs(tf.sub(place, tf.range(0, image))))); // [boxes, crop, image]
  return tf.mul(share, tf.cast(tf.expandDims(isInside, 2), 'float32'));
}

/** The crops are rows · image · columnsᵀ for each channel; what they show of one image is added up. */
function cropGradient(
  dy: tf.Tensor,
  image: tf.Tensor,
  boxes: tf.Tensor,
  of: tf.Tensor,
  { cropSize, method }: Crop,
): tf.Tensor {
  const [batch, height, width, channels] = image.shape as [number, number, number, number];
  const [cropHeight, cropWidth] = cropSize;
  const count = boxes.shape[0]!;
  if (productOf(dy.shape) === 0) return tf.zeros(image.shape);
  const [top, left, bottom, right] = tf.split(boxes, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
  const rows = shares(top, bottom, { crop: cropHeight, image: height }, method);
  const columns = shares(left, right, { crop: cropWidth, image: width }, method);
  const high = tf.matMul(rows, tf.reshape(dy, [count, cropHeight, cropWidth * channels]), true);
  const turned = tf.transpose(tf.reshape(high, [count, height, cropWidth, channels]), [0, 2, 1, 3]);
  const wide = tf.matMul(columns, tf.reshape(turned, [count, cropWidth, height * channels]), true); // [boxes, width, height · channels]
  const sums = tf.unsortedSegmentSum(tf.reshape(wide, [count, width, height, channels]), of as tf.Tensor1D, batch);
  return tf.transpose(sums, [0, 2, 1, 3]);
}

type Resizing = { readonly alignCorners: boolean; readonly halfPixelCenters: boolean };

/** How much of each place of an axis is in each place of the resized axis: [from, to], as tfjs resizes. */
function mixture(
  from: number,
  to: number,
  method: Crop['method'],
  { alignCorners, halfPixelCenters }: Resizing,
): tf.Tensor {
  const corner = alignCorners && to > 1 ? 1 : 0;
  const ratio = (from - corner) / (to - corner);
  const values = new Float32Array(from * to);
  const add = (place: number, at: number, share: number) => {
    values[place * to + at]! += share;
  };
  for (let at = 0; at < to; at++) {
    const centre = ratio * (halfPixelCenters ? at + 0.5 : at);
    if (method === 'nearest') {
      add(Math.min(from - 1, alignCorners ? Math.round(centre) : Math.floor(centre)), at, 1);
      continue;
    }
    const source = halfPixelCenters ? centre - 0.5 : centre;
    const low = Math.max(0, Math.floor(source));
    add(low, at, 1 - (source - low));
    add(Math.min(from - 1, Math.ceil(source)), at, source - low);
  }
  return tf.tensor2d(values, [from, to]);
}

/** Resizing is rows · image · columnsᵀ for each channel, so its gradient is rowsᵀ · dy · columns. */
const resizing = (kernelName: string, method: Crop['method'], fault: string): KernelGradient =>
  kernelGradient<Resizing>(kernelName, fault, { inputs: ['images'] }, (dy, [images], attributes) => ({
    images: () => {
      const [batch, height, width, channels] = images!.shape as [number, number, number, number];
      const [, rows, columns] = dy.shape as [number, number, number, number];
      const perRow = tf.reshape(dy, [batch, rows, columns * channels]);
      const high = tf.matMul(mixture(height, rows, method, attributes), perRow);
      const perColumn = tf.reshape(high, [batch * height, columns, channels]);
      return tf.reshape(tf.matMul(mixture(width, columns, method, attributes), perColumn), images!.shape);
    },
  }));

export const imageGradients: readonly KernelGradient[] = [
  kernelGradient<Crop>(
    tf.CropAndResize,
    'none; here of the image, and that of the boxes is refused',
    { inputs: ['image', 'boxes', 'boxInd'] },
    (dy, [image, boxes, boxInd], attributes) => ({
      image: () => cropGradient(dy, image!, boxes!, boxInd!, attributes),
      boxInd: () => noGradient(boxInd!),
    }),
  ),
  resizing(tf.ResizeBilinear, 'bilinear', 'without halfPixelCenters; refused on `cpu` unless the image is square'),
  resizing(tf.ResizeNearestNeighbor, 'nearest', 'without halfPixelCenters'),
];
