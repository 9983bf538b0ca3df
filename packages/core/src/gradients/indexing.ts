import * as tf from '@tensorflow/tfjs-core';
import { axesOf, type KernelGradient, kernelGradient, listOf, noGradient, productOf } from './kernel-gradient.ts';

type Gather = { readonly axis: number; readonly batchDims: number };

/** What each index took is added where it came from. All batches at once: batch b has the segments b·length … (b + 1)·length − 1. */
function gathered(dy: tf.Tensor, x: tf.Tensor, indices: tf.Tensor, { axis, batchDims = 0 }: Gather): tf.Tensor {
  const at = axesOf(axis, x.shape)[0]!;
  const batch = batchDims < 0 ? batchDims + indices.rank : batchDims;
  const length = x.shape[at]!;
  const [batches, outer, inner] = [
    productOf(x.shape.slice(0, batch)),
    productOf(x.shape.slice(batch, at)),
    productOf(x.shape.slice(at + 1)),
  ];
  const count = productOf(indices.shape.slice(batch));
  const rows = tf.transpose(tf.reshape(dy, [batches, outer, count, inner]), [0, 2, 1, 3]);
  const first = tf.mul(tf.range(0, batches, 1, 'int32'), tf.scalar(length, 'int32'));
  const local = tf.reshape(indices, [batches, count]);
  const segments = batches === 1 ? local : tf.add(local, tf.reshape(first, [batches, 1]));
  const sums = tf.unsortedSegmentSum(
    tf.reshape(rows, [batches * count, outer * inner]),
    tf.reshape(segments, [batches * count]) as tf.Tensor1D,
    batches * length,
  );
  return tf.reshape(tf.transpose(tf.reshape(sums, [batches, length, outer, inner]), [0, 2, 1, 3]), x.shape);
}

/** The rows of dy that the ids name; nothing for ids outside it. */
function ungathered(dy: tf.Tensor, ids: tf.Tensor): tf.Tensor {
  const last = tf.scalar(dy.shape[0]! - 1, 'int32');
  const none = tf.scalar(0, 'int32');
  if (dy.shape[0] === 0) return tf.zeros([...ids.shape, ...dy.shape.slice(1)]);
  const rows = tf.gather(dy, tf.minimum(tf.maximum(ids, none), last));
  const isKnown = tf.logicalAnd(tf.greaterEqual(ids, none), tf.lessEqual(ids, last));
  const shaped = tf.reshape(isKnown, [...ids.shape, ...dy.shape.slice(1).map(() => 1)]);
  return tf.where(shaped, rows, tf.zerosLike(rows));
}

/** The largest entries of each row, back at their places. Places are distinct, so writing is adding. */
function spread(dy: tf.Tensor, indices: tf.Tensor, shape: readonly number[]): tf.Tensor {
  const length = shape.at(-1)!;
  const taken = indices.shape.at(-1)!;
  const rows = productOf(shape.slice(0, -1));
  if (rows * taken === 0) return tf.zeros([...shape]);
  const first = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(length, 'int32'));
  const places = tf.add(tf.reshape(indices, [rows, taken]), tf.reshape(first, [rows, 1]));
  const flat = tf.tensorScatterUpdate(
    tf.zeros([rows * length]),
    tf.reshape(places, [rows * taken, 1]),
    tf.reshape(dy, [rows * taken]),
  );
  return tf.reshape(flat, [...shape]);
}

/** Each number was added to the bin that x names, of its row if there are rows; numbers beyond the bins were not. */
function uncounted(dy: tf.Tensor, x: tf.Tensor): tf.Tensor {
  if (x.rank === 1) return ungathered(dy, x as tf.Tensor1D);
  const [rows, bins] = dy.shape as [number, number];
  const first = tf.mul(tf.range(0, rows, 1, 'int32'), tf.scalar(bins, 'int32'));
  const found = ungathered(tf.reshape(dy, [rows * bins]), tf.add(x, tf.reshape(first, [rows, 1])));
  return tf.where(tf.less(x, tf.scalar(bins, 'int32')), found, tf.zerosLike(found));
}

/** A list of places: one number stands for one place of a vector. */
const places = (indices: tf.Tensor) => (indices.rank < 2 ? tf.reshape(indices, [indices.size, 1]) : indices);

/** `tf.gatherND`, which refuses to take nothing from nothing. */
const taken = (dy: tf.Tensor, indices: tf.Tensor) =>
  dy.size > 0
    ? tf.gatherND(dy, indices)
    : tf.zeros([...indices.shape.slice(0, -1), ...dy.shape.slice(indices.shape.at(-1)!)]);

/** dy without the places that are written. The mask is a tensor of its own: tfjs's `cpu` backend writes into its first argument. */
function zerosAt(dy: tf.Tensor, indices: tf.Tensor): tf.Tensor {
  const updates = tf.zeros([...indices.shape.slice(0, -1), ...dy.shape.slice(indices.shape.at(-1)!)]);
  const mask = tf.tensorScatterUpdate(tf.ones(dy.shape), indices, updates);
  return tf.where(tf.greater(mask, 0), dy, tf.zerosLike(dy));
}

export const indexingGradients: readonly KernelGradient[] = [
  kernelGradient<Gather>(
    tf.GatherV2,
    'refused with batchDims, and where the indices depend on what is differentiated',
    { inputs: ['x', 'indices'] },
    (dy, [x, indices], attributes) => ({
      x: () => gathered(dy, x!, indices!, attributes),
      indices: () => noGradient(indices!),
    }),
  ),
  kernelGradient(tf.GatherNd, 'none', { inputs: ['params', 'indices'] }, (dy, [params, indices]) => ({
    params: () => tf.scatterND(indices!, dy, params!.shape as [number]),
    indices: () => noGradient(indices!),
  })),
  kernelGradient(tf.ScatterNd, 'none', { inputs: ['indices'] }, (dy, [indices]) => ({
    indices: () => noGradient(indices!),
    updates: () => taken(dy, indices!),
  })),
  // of several updates of one place, which is kept is not defined
  kernelGradient(tf.TensorScatterUpdate, 'none', { inputs: ['indices'] }, (dy, [indices]) => ({
    tensor: () => zerosAt(dy, indices!),
    indices: () => noGradient(indices!),
    updates: () => taken(dy, indices!),
  })),
  kernelGradient(tf.SparseToDense, 'none', { inputs: ['sparseIndices', 'sparseValues'] }, (dy, [indices, values]) => ({
    sparseIndices: () => noGradient(indices!),
    sparseValues: () => {
      const found = taken(dy, places(indices!));
      return values!.rank === 0 ? tf.sum(found) : tf.reshape(found, values!.shape);
    },
    defaultValue: () => tf.sum(zerosAt(dy, places(indices!))),
  })),
  kernelGradient(tf.TopK, 'none', { inputs: ['x'], outputs: [false, true] }, (dys, [x, indices]) => ({
    x: () => spread(listOf(dys)[0]!, indices!, x!.shape),
  })),
  kernelGradient(
    tf.UnsortedSegmentSum,
    'refused for ids above the last segment',
    { inputs: ['segmentIds'] },
    (dy, [segmentIds]) => ({ x: () => ungathered(dy, segmentIds!), segmentIds: () => noGradient(segmentIds!) }),
  ),
  kernelGradient<{ axis: number }>(tf.SplitV, 'refused for a single part', {}, (dys, _, { axis }) => ({
    x: () => tf.concat(listOf(dys), axis),
  })),
  kernelGradient<{ axis: number }>(tf.Unpack, 'refused for a single part', {}, (dys, _, { axis }) => ({
    value: () => tf.stack(listOf(dys), axis),
  })),
  kernelGradient(tf.Diag, 'none', { inputs: ['x'] }, (dy, [x]) => ({
    x: () => {
      const { size, shape } = x!;
      return tf.reshape(tf.stridedSlice(tf.reshape(dy, [size * size]), [0], [size * size], [size + 1]), shape);
    },
  })),
  ...[tf.Bincount, tf.DenseBincount].map((name) =>
    kernelGradient<{ binaryOutput?: boolean }>(
      name,
      'none',
      { inputs: ['x', 'weights'] },
      (dy, [x, weights], { binaryOutput = false }) => ({
        x: () => noGradient(x!),
        weights: () => (binaryOutput || weights!.size === 0 ? noGradient(weights!) : uncounted(dy, x!)),
      }),
    ),
  ),
];
