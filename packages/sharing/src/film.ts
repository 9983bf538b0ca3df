import { fold } from '@polytask/base';
import { normal, type Sharing, type Tensors, zeros } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ByTask, byTask, changed, channelsOf, requireCount } from './parts.ts';

/** eₖ [1, width] of each task; Γ and B [width, features]. */
export type FilmParams = {
  readonly embeddings: ByTask<tf.Tensor>;
  readonly scale: tf.Tensor;
  readonly shift: tf.Tensor;
};

/**
 * Task embeddings through feature-wise linear modulation: fₖ = (1 + eₖΓ) ⊙ x + eₖB, with an embedding eₖ for each task.
 *
 * Γ and B start at zero, so that all tasks start from the representation itself. [batch, …, features] keep their shape: vectors, maps, and the
 * steps of a sequence, which are all changed alike. Observes `scale.<task>` and `shift.<task>`, [1, features].
 *
 * @param width numbers in a task's embedding, default 16.
 * @throws RangeError unless `width` is a positive integer and the last axis has features.
 *
 * Perez, Strub, de Vries, Dumoulin & Courville, "FiLM: Visual Reasoning with a General Conditioning Layer", AAAI 2018.
 */
export function film({ width = 16 }: { readonly width?: number } = {}): Sharing<FilmParams, Tensors> {
  requireCount('film.width', width);
  return {
    init(key, inputShape, tasks) {
      const features = channelsOf(inputShape, 'film');
      return {
        params: {
          embeddings: byTask(tasks, (task) => normal({ standardDeviation: 1 })(fold(key, task), [1, width])),
          scale: zeros(key, [width, features]),
          shift: zeros(key, [width, features]),
        },
        outputShapes: byTask(tasks, () => inputShape),
      };
    },
    apply({ embeddings, scale, shift }, value, context, tasks) {
      return byTask(tasks, (task) => {
        const [γ, β] = [tf.add(1, tf.matMul(embeddings[task]!, scale)), tf.matMul(embeddings[task]!, shift)];
        context.record.observe(`scale.${task}`, γ);
        context.record.observe(`shift.${task}`, β);
        return changed(value, 'film', (x) => tf.add(tf.mul(γ, x), β));
      });
    },
  };
}
