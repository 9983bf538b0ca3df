import { fold } from '@polytask/base';
import { type AnyLayer, glorotUniform, named, type Sharing, type Tensors, within } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ByTask, byTask, changed, channelsOf, partOf, times, valuesOf } from './parts.ts';

export type TaskAttentionParams = {
  readonly towers: ByTask<Tensors>;
  readonly query: tf.Tensor;
  readonly key: tf.Tensor;
  readonly value: tf.Tensor;
};

/**
 * Attention over tasks: every task has a tower hₖ = h(x; θₖ), and looks at those of all, fₖ = hₖ + Σⱼ aₖⱼ·hⱼV with
 * aₖ = softmaxⱼ(hₖQ·hⱼK / √d), for each example, and for each step of a sequence or place of a map.
 *
 * Observes `attention`, [batch, …, tasks, tasks]: row k says which tasks task k listens to.
 *
 * @param tower h, of which each task has a copy: [batch, …] → [batch, …, d].
 * @throws RangeError when the last axis of what towers give has no features.
 *
 * Scaled dot-product attention of Vaswani et al., "Attention Is All You Need", NeurIPS 2017, with tasks in the place of words.
 */
export function taskAttention({ tower: given }: { readonly tower: AnyLayer }): Sharing<TaskAttentionParams, Tensors> {
  const tower = partOf(given);
  return {
    init(key, inputShape, tasks) {
      const made = byTask(tasks, (task) => tower.init(fold(key, task), inputShape));
      const { outputShape } = made[tasks[0]!]!;
      const width = channelsOf(outputShape, 'taskAttention.tower');
      const matrix = (name: string) => glorotUniform(fold(key, `matrix ${name}`), [width, width]);
      return {
        params: {
          towers: byTask(tasks, (task) => made[task]!.params),
          query: matrix('query'),
          key: matrix('key'),
          value: matrix('value'),
        },
        outputShapes: byTask(tasks, () => outputShape),
      };
    },
    apply({ towers, query, key, value }, x, context, tasks) {
      const made = tasks.map((task) => named(task, () => tower.apply(towers[task]!, x, within(context, task))));
      const values = made.map((one) => valuesOf(one, 'taskAttention.tower'));
      const { shape } = values[0]!;
      const width = shape.at(-1)!;
      const all = tf.stack(
        values.map((one) => tf.reshape(one, [-1, width])),
        1,
      ); // [batch·…, tasks, d]
      const scores = tf.div(tf.matMul(times(all, query), times(all, key), false, true), Math.sqrt(width));
      const attention = tf.softmax(scores);
      context.record.observe('attention', tf.reshape(attention, [...shape.slice(0, -1), tasks.length, tasks.length]));
      const seen = tf.unstack(tf.matMul(attention, times(all, value)), 1);
      return Object.fromEntries(
        tasks.map((task, at) => [
          task,
          changed(made[at]!, 'taskAttention.tower', (own) => tf.add(own, tf.reshape(seen[at]!, shape))),
        ]),
      );
    },
  };
}
