import { fold, quote, type Shape } from '@polytask/base';
import { glorotUniform, type OutputSharing, stopGradient } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { relations } from './relations.ts';

export type ReadsOutputsOptions = {
  /** Whether the loss of a reader also changes what it reads. `stops` leaves the heads that are read to their own losses. Default: flows. */
  readonly gradient?: 'flows' | 'stops';
};

/** By reader and task read, W: [outputs of the task read, outputs of the reader]. */
export type ReadsOutputsParams = Readonly<Record<string, Readonly<Record<string, tf.Tensor>>>>;

/**
 * Heads that read the outputs of others: z̃ₖ = zₖ + Σ_{j read by k} z̃ⱼWⱼₖ, in topological order, so that what is read has read before.
 *
 * For `outputs` of `defineModel`; outputs are vectors, [batch, size], logits as a rule.
 *
 * @param reads by task the tasks whose outputs it reads.
 * @throws RangeError for an unknown task, a cycle, which is named, or a head that does not give vectors.
 */
export function readsOutputs(
  reads: Readonly<Record<string, readonly string[]>>,
  { gradient = 'flows' }: ReadsOutputsOptions = {},
): OutputSharing<ReadsOutputsParams> {
  const readBy = (task: string) => (Object.hasOwn(reads, task) ? reads[task]! : []);
  return {
    init(key, shapes) {
      const { order } = relations({ tasks: Object.keys(shapes), reads });
      return {
        params: byTask(
          order.filter((task) => readBy(task).length > 0),
          (task) =>
            byTask(readBy(task), (other) =>
              glorotUniform(fold(fold(key, task), other), [sizeOf(other, shapes), sizeOf(task, shapes)]),
            ),
        ),
      };
    },
    apply(params, outputs) {
      const { order } = relations({ tasks: Object.keys(outputs), reads });
      const made: Record<string, tf.Tensor> = {};
      for (const task of order)
        made[task] = readBy(task).reduce((sum, other) => {
          const read = gradient === 'stops' ? stopGradient(made[other]!) : made[other]!;
          return tf.add(sum, tf.matMul(read, params[task]![other]!));
        }, outputs[task]!);
      return byTask(Object.keys(outputs), (task) => made[task]!);
    },
  };
}

const byTask = <Value>(tasks: readonly string[], make: (task: string) => Value): Record<string, Value> =>
  Object.fromEntries(tasks.map((task) => [task, make(task)]));

function sizeOf(task: string, shapes: Readonly<Record<string, Shape>>): number {
  const [size, ...others] = shapes[task]!;
  if (size !== undefined && others.length === 0) return size;
  throw new RangeError(
    `readsOutputs: expected outputs [batch, size]. Found ${quote(shapes[task])} of the task ${quote(task)}.`,
  );
}
