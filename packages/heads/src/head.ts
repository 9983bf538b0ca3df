import type { Host, Task } from '@polytask/core';
import type * as tf from '@tensorflow/tfjs-core';

/**
 * What one task adds to a shared representation: layer and loss, and the way from labels to tensors and back.
 *
 * `Spec` is JSON and is saved with the run, so that prediction needs nothing else.
 */
export interface Head<Label, Spec, Params, Target, Prediction, Out = tf.Tensor, In = tf.Tensor> {
  /** Learns what the training labels tell, such as the class names; `null` is a missing label. */
  fit(labels: readonly (Label | null)[]): Spec;
  /** The labels of a batch as tensors, and how much they count: what the loss is divided by. */
  target(labels: readonly (Label | null)[], spec: Spec): { readonly tensors: Host<Target>; readonly count: number };
  /**
   * The target of examples that are mixtures of two, where there is one: a pair of labels for each row, and the share of the first, 0 to 1. A row
   * without the label of an example that has a share has none.
   */
  mixedTarget?(
    labels: readonly (readonly [first: Label | null, second: Label | null, share: number])[],
    spec: Spec,
  ): { readonly tensors: Host<Target>; readonly count: number };
  task(spec: Spec): Task<Params, Target, Out, In>;
  /** One prediction for each row of the head's outputs. */
  decode(outputs: Host<Out>, spec: Spec): Prediction[];
}
