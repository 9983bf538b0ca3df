import type * as tf from '@tensorflow/tfjs-core';

/**
 * A loss over the examples that have a label, before any division: the mean is `sum / count`.
 *
 * Keeping both lets micro-batches and machines with different numbers of labels add up to the loss of the whole batch.
 * Without any label, `sum` and `count` are 0 and so is every gradient.
 */
export type Summed = { readonly sum: tf.Tensor; readonly count: tf.Tensor };
