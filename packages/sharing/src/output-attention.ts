import { fold } from '@polytask/base';
import { glorotUniform, type OutputSharing, zeros } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ByTask, byTask, vectorSize } from './parts.ts';

/** Pⱼₖ [outputs of j, outputs of k] of each pair, and the scores sₖ [1, others] of each task. */
export type OutputAttentionParams = {
  readonly projections: ByTask<ByTask<tf.Tensor>>;
  readonly scores: ByTask<tf.Tensor>;
};

/**
 * Attention over outputs: z̃ₖ = zₖ + Σ_{j≠k} aₖⱼ·tanh(zⱼ)Pⱼₖ with aₖ = softmax(sₖ): what other tasks predict, as evidence for this one.
 *
 * P is drawn, s starts at zero: every task listens to all others alike. With one task nothing changes. Observes `attention.<task>`,
 * [1, others], the other tasks in their order.
 *
 * @throws RangeError when a head does not give vectors.
 */
export function outputAttention(): OutputSharing<OutputAttentionParams> {
  return {
    init(key, shapes) {
      const tasks = Object.keys(shapes);
      const size = (task: string) => vectorSize(shapes[task]!, 'outputAttention');
      const others = (task: string) => tasks.filter((other) => other !== task);
      return {
        params: {
          projections: byTask(tasks, (task) =>
            byTask(others(task), (other) => glorotUniform(fold(fold(key, task), other), [size(other), size(task)])),
          ),
          scores: byTask(tasks, () => zeros(key, [1, Math.max(1, tasks.length - 1)])),
        },
      };
    },
    apply({ projections, scores }, outputs, context) {
      return byTask(Object.keys(outputs), (task) => {
        const own = outputs[task]!;
        const others = Object.keys(projections[task]!);
        if (others.length === 0) return own;
        const attention = tf.softmax(scores[task]!);
        context.record.observe(`attention.${task}`, attention);
        const weights = tf.split(attention, others.length, 1);
        return others.reduce((sum, other, at) => {
          const heard = tf.matMul(tf.tanh(outputs[other]!), projections[task]![other]!);
          return tf.add(sum, tf.mul(weights[at]!, heard));
        }, own);
      });
    },
  };
}
