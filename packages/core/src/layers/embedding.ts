import { fold } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { type Initializer, normal } from '../initializers.ts';
import type { Layer } from '../layer.ts';
import { requirePositive } from './arguments.ts';

/** `table` [count, width]: one row per id. */
export type EmbeddingParams = { readonly table: tf.Tensor };

export type EmbeddingOptions = {
  /** The number of ids: 0 … count − 1. */
  readonly count: number;
  readonly width: number;
  /** First values of the table; default normal with σ = 1/√width. */
  readonly init?: Initializer;
};

/**
 * A row of a table for each id: y = E[id].
 *
 * ids [batch, …] int32 → [batch, …, width].
 *
 * @throws RangeError when `count` or `width` is not a positive integer.
 */
export function embedding({
  count,
  width,
  init = normal({ standardDeviation: 1 / Math.sqrt(width) }),
}: EmbeddingOptions): Layer<EmbeddingParams> {
  requirePositive('embedding.count', count);
  requirePositive('embedding.width', width);
  return {
    init: (key, inputShape) => ({
      params: { table: init(fold(key, 'table'), [count, width]) },
      outputShape: [...inputShape, width],
    }),
    apply: ({ table }, ids) => tf.gather(table, ids),
  };
}
