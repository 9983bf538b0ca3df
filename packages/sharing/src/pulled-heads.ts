import { quote } from '@polytask/base';
import type { HeadTies, Tensors } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { leavesOf } from './trees.ts';

export type HeadFamily = {
  /** Of the recorded loss. */
  readonly name: string;
  /** Tasks whose heads have parameters of the same shapes. */
  readonly tasks: readonly string[];
  /** λ ≥ 0; 0 leaves the heads to themselves. */
  readonly strength: number;
};

/**
 * Heads of tasks that are alike, pulled to their mean by the added loss λ Σₖ ‖θₖ − θ̄‖² of each family: tasks with few labels lean on the others.
 *
 * With linear heads on features that nothing changes, and a loss of squares, it is the multi-task learning of Evgeniou & Pontil: wₖ = w₀ + vₖ.
 *
 * @throws RangeError unless λ ≥ 0, or from the model for parameters of different shapes.
 *
 * Evgeniou & Pontil, "Regularized Multi-Task Learning", KDD 2004.
 */
export function pulledHeads(families: readonly HeadFamily[]): HeadTies {
  for (const { strength } of families)
    if (!(strength >= 0))
      throw new RangeError(`pulledHeads.strength: expected a number ≥ 0. Found ${quote(strength)}.`);
  return (heads, context) => {
    for (const { name, tasks, strength } of families)
      if (strength > 0 && tasks.length > 1)
        context.record.loss(name, tf.mul(strength, distanceToMean(tasks.map((task) => heads[task] as Tensors))));
  };
}

/** Σₖ ‖θₖ − θ̄‖² over all leaves of numbers that can move. */
export function distanceToMean(trees: readonly Tensors[]): tf.Tensor {
  const flat = trees.map(leavesOf);
  return flat[0]!
    .map((leaf, at) => {
      if (leaf.dtype !== 'float32') return tf.scalar(0);
      const copies = tf.stack(flat.map((leaves) => leaves[at]!));
      return tf.sum(tf.square(tf.sub(copies, tf.mean(copies, 0, true))));
    })
    .reduce((total, part) => tf.add(total, part), tf.scalar(0));
}
