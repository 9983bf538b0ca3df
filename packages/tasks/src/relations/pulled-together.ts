import { quote } from '@polytask/base';
import type { NoParams, OutputSharing } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';

/** Two tasks whose predictions should agree, and how much they should. */
export type Pulled = { readonly tasks: readonly [string, string]; readonly strength: number };

/**
 * Pulls the predictions of related tasks together: for each pair a loss of its own in training, λ · mean over examples of
 *
 *   Σ_c (softmax(zᵃ)_c − softmax(zᵇ)_c)²   of classes,   (zᵃ − zᵇ)²   of single numbers.
 *
 * For `outputs` of `defineModel`; the outputs stay as they are. Classes at the same place must mean the same in both tasks. Needs no labels, so that
 * a task is pulled on examples that only the other one has labels of.
 *
 * @throws RangeError for a strength that is not ≥ 0; from `init` for unknown tasks, a task with itself, outputs of different sizes or that are no vectors.
 *
 * The consistency of related predictions: Zamir et al., "Robust Learning Through Cross-Task Consistency", CVPR 2020, for tasks of one output space.
 */
export function pulledTogether(pairs: readonly Pulled[]): OutputSharing<NoParams> {
  for (const { strength } of pairs)
    if (!(strength >= 0 && Number.isFinite(strength)))
      throw new RangeError(`strength: expected a number ≥ 0. Found ${strength}.`);
  return {
    init(_, shapes) {
      for (const { tasks } of pairs) {
        const [first, second] = tasks.map((task) => {
          const shape = Object.hasOwn(shapes, task) ? shapes[task]! : undefined;
          if (!shape)
            throw new RangeError(`tasks: expected some of ${quote(Object.keys(shapes))}. Found ${quote(task)}.`);
          return shape;
        });
        if (tasks[0] === tasks[1])
          throw new RangeError(`tasks: expected two different tasks. Found ${quote(tasks[0])} twice.`);
        if (first!.length !== 1 || String(first) !== String(second))
          throw new RangeError(
            `tasks: expected outputs [batch, size] of one size. Found ${quote(first)} of ${quote(tasks[0])} and ${quote(second)} of ${quote(tasks[1])}.`,
          );
      }
      return { params: {} };
    },
    apply(_, outputs, { mode, record, examples }) {
      if (mode !== 'train') return outputs;
      for (const { tasks, strength } of pairs) {
        const [first, second] = tasks.map((task) => {
          const made = outputs[task]!;
          return made.shape[1] === 1 ? made : tf.softmax(made);
        });
        const apart = tf.sum(tf.squaredDifference(first!, second!), 1); // [batch]
        record.loss(`consistency ${tasks.join(' ')}`, tf.mul(meanOf(apart, examples), strength));
      }
      return outputs;
    },
  };
}

/** Over the examples of a batch, without the padding below them. */
function meanOf(values: tf.Tensor, examples: tf.Tensor | undefined): tf.Tensor {
  if (!examples) return tf.mean(values);
  const count = tf.cast(examples, 'float32');
  const isExample = tf.less(tf.range(0, values.shape[0]!), count);
  return tf.div(tf.sum(tf.mul(values, tf.cast(isExample, 'float32'))), tf.maximum(count, 1));
}
