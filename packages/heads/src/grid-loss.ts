import type { Summed } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';

/**
 * `boxes` [batch, longest, 4] float32, relative centre, and logarithms of the size over the mean of the training boxes; `classes` [batch, longest] int32, −1 for
 * none; `present` [batch] float32, 0 where nobody looked for boxes.
 */
export type DetectTarget = { readonly boxes: tf.Tensor; readonly classes: tf.Tensor; readonly present: tf.Tensor };

/** How much places and sizes count, and cells without a box: as in the paper. */
const [coordinates, empty] = [5, 0.5];

/**
 * The loss of cells that look for boxes, of an image: over its boxes, in the cell of their centre, 5·((σ(x) − x̂)² + (σ(y) − ŷ)² + (w − ŵ)² + (h − ĥ)²) −
 * log softmax(label); over all cells, the cross-entropy of whether there is a box, ½ of it where there is none.
 *
 * @param cells [batch, rows, columns, 5 + labels]: o, x, y, w, h, logits.
 * @param target see `DetectTarget`; the count is the number of images that are present.
 */
export function gridLoss(cells: tf.Tensor, { boxes, classes, present }: DetectTarget): Summed {
  const [batch, rows, columns, width] = cells.shape as [number, number, number, number];
  const [, longest] = classes.shape as [number, number];
  const places = rows * columns;
  const flat = tf.reshape(cells, [batch, places, width]);
  const column = (values: tf.Tensor, at: number) => tf.slice(values, [0, 0, at], [batch, longest, 1]);
  const exists = tf.expandDims(tf.cast(tf.greaterEqual(classes, tf.scalar(0, 'int32')), 'float32'), 2); // [batch, longest, 1]

  const across = tf.mul(column(boxes, 0), columns);
  const down = tf.mul(column(boxes, 1), rows);
  // a centre on the far edge lies in the last cell
  const [left, top] = [tf.minimum(tf.floor(across), columns - 1), tf.minimum(tf.floor(down), rows - 1)];
  const place = tf.add(tf.mul(top, columns), left);
  // which box has its centre in which cell: [batch, longest, places]
  const inCell = tf.mul(
    tf.cast(tf.equal(place, tf.reshape(tf.range(0, places, 1, 'float32'), [1, 1, places])), 'float32'),
    exists,
  );

  // of each box what its cell says: [batch, longest, width]
  const said = tf.matMul(inCell, flat);
  const squared = (value: tf.Tensor, wanted: tf.Tensor) => tf.square(tf.sub(value, wanted));
  const distance = tf.addN([
    squared(tf.sigmoid(column(said, 1)), tf.sub(across, left)),
    squared(tf.sigmoid(column(said, 2)), tf.sub(down, top)),
    squared(column(said, 3), column(boxes, 2)),
    squared(column(said, 4), column(boxes, 3)),
  ]);
  const logarithms = tf.logSoftmax(tf.slice(said, [0, 0, 5], [batch, longest, width - 5]));
  // tf.oneHot knows no single class
  const all = tf.reshape(tf.range(0, width - 5, 1, 'int32'), [1, 1, width - 5]);
  const isIts = tf.cast(tf.equal(tf.expandDims(tf.cast(classes, 'int32'), 2), all), 'float32');
  const label = tf.sum(tf.mul(isIts, logarithms), 2, true);
  const perBox = tf.mul(exists, tf.sub(tf.mul(distance, coordinates), label));

  const sure = tf.reshape(tf.slice(flat, [0, 0, 0], [batch, places, 1]), [batch, places]);
  const full = tf.minimum(tf.sum(inCell, 1), 1); // [batch, places]
  const perCell = tf.add(
    tf.mul(full, tf.softplus(tf.neg(sure))),
    tf.mul(tf.mul(tf.sub(1, full), empty), tf.softplus(sure)),
  );
  return {
    sum: tf.add(tf.sum(perBox), tf.sum(tf.mul(perCell, tf.reshape(present, [batch, 1])))),
    count: tf.sum(present),
  };
}
