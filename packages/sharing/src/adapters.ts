import { fold } from '@polytask/base';
import { glorotUniform, type Sharing, type Tensors, zeros } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ByTask, byTask, changed, channelsOf, requireCount, times } from './parts.ts';

type Adapter = {
  readonly down: tf.Tensor;
  readonly downBias: tf.Tensor;
  readonly up: tf.Tensor;
  readonly upBias: tf.Tensor;
};
export type AdaptersParams = { readonly tasks: ByTask<Adapter> };

/**
 * An adapter for each task: fₖ = x + relu(x·Dₖ + dₖ)·Uₖ + uₖ, through a bottleneck of `width` units.
 *
 * U and u start at zero, so that all tasks start from the representation itself. [batch, …, features] keep their shape: vectors, and each step of a
 * sequence or place of a map by itself.
 *
 * @param width units of the bottleneck, default 16.
 * @throws RangeError unless `width` is a positive integer and the last axis has features.
 *
 * Houlsby, Giurgiu, Jastrzebski, Morrone, de Laroussilhe, Gesmundo, Attariyan & Gelly, "Parameter-Efficient Transfer Learning for NLP",
 * ICML 2019.
 */
export function adapters({ width = 16 }: { readonly width?: number } = {}): Sharing<AdaptersParams, Tensors> {
  requireCount('adapters.width', width);
  return {
    init(key, inputShape, tasks) {
      const features = channelsOf(inputShape, 'adapters');
      const made = byTask(tasks, (task) => ({
        down: glorotUniform(fold(key, task), [features, width]),
        downBias: zeros(key, [width]),
        up: zeros(key, [width, features]),
        upBias: zeros(key, [features]),
      }));
      return { params: { tasks: made }, outputShapes: byTask(tasks, () => inputShape) };
    },
    apply(params, value, _, tasks) {
      return byTask(tasks, (task) => {
        const { down, downBias, up, upBias } = params.tasks[task]!;
        return changed(value, 'adapters', (x) => {
          const inner = tf.relu(tf.add(times(x, down), downBias));
          return tf.add(x, tf.add(times(inner, up), upBias));
        });
      });
    },
  };
}
