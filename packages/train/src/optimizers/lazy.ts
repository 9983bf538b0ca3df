import { gatheredRows } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import { type ByPath, mapPaths, type Transformation } from './transformation.ts';

/**
 * The same optimizer, which updates of embedding tables only the rows that the batch reads, with their moments: the others stand still.
 * No gradient of the whole table is made. On `onnx` the rows are written where the table and its moments stand, and a step's time does not
 * depend on the size of the table; other devices copy each of them once.
 *
 * It is another algorithm than the dense one, in which the moments of every row decay and move it in every step; with Adam it is PyTorch's
 * SparseAdam. The step count is that of the table. Parameters that are not only read by `tf.gather` are updated as a whole.
 * Works in steps of one batch without an exchange.
 *
 * @param chosen which parameters, by path; all tables when left out.
 */
export function lazy(optimizer: Transformation, chosen: (path: string) => boolean = () => true): Transformation {
  return { ...optimizer, lazy: chosen };
}

/** A table seen as the rows that a batch reads: row i is that of the batch's i-th id. */
export type RowView = {
  /** Of each row that the batch reads, at the last of its places; 0 at the places before, so that norms count it once. */
  readonly gradient: tf.Tensor;
  take(table: tf.Tensor): tf.Tensor;
  /** The table with these rows in it: of one id's places the last counts. */
  put(table: tf.Tensor, rows: tf.Tensor): tf.Tensor;
};

/** Views of the tables that the optimizer updates lazily. */
export function rowViews({ lazy: isLazy }: Transformation, gradients: ByPath): ByPath<RowView | undefined> {
  return mapPaths(gradients, (gradient, path) => {
    const rows = isLazy?.(path) ? gatheredRows(gradient) : undefined;
    if (!rows) return undefined;
    const { ids, values } = rows;
    const [count, size] = [values.shape[0]!, gradient.shape[0]!];
    const tuples = tf.reshape(ids, [count, 1]);
    const places = tf.range(0, count, 1, 'int32');
    const lastPlace = tf.gather(tf.tensorScatterUpdate(tf.zeros([size], 'int32'), tuples, places), ids);
    return {
      gradient: tf.unsortedSegmentSum(values, lastPlace as tf.Tensor1D, count),
      take: (table) => tf.gather(table, ids),
      put: (table, next) => tf.tensorScatterUpdate(table, tuples, next),
    };
  });
}
