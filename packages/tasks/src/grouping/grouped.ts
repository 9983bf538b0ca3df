import { fold, quote } from '@polytask/base';
import { type AnyLayer, type Layer, named, type Sequence, type Sharing, type Tensors, within } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';

export type GroupedOptions = {
  /** Groups of tasks, of which each task is in one: `groups` of `groupTasks`. */
  readonly groups: readonly (readonly string[])[];
  /** Of which every group has a copy, between the encoder that all share and the heads. */
  readonly tower: AnyLayer;
};

/** By group, `group0` and so on, the parameters of its tower. */
export type GroupedParams = Readonly<Record<string, Tensors>>;

/**
 * A tower for each group of tasks: fₖ = h(x; θ of the group of k). For `sharing` of `defineModel`.
 *
 * @throws RangeError unless each task of the model is in exactly one group. @throws TypeError when towers end in neither a tensor nor a
 * sequence.
 */
export function grouped({ groups, tower: given }: GroupedOptions): Sharing<GroupedParams, Tensors> {
  const tower = given as unknown as Layer<Tensors, Tensors, Tensors>;
  const groupOf = (task: string) => `group${groups.findIndex((group) => group.includes(task))}`;
  return {
    init(key, inputShape, tasks) {
      for (const task of tasks) {
        const count = groups.flat().filter((one) => one === task).length;
        if (count !== 1) throw new RangeError(`groups: expected ${quote(task)} in one of them. Found it in ${count}.`);
      }
      const stray = groups.flat().find((task) => !tasks.includes(task));
      if (stray !== undefined) throw new RangeError(`groups: expected tasks of the model. Found ${quote(stray)}.`);
      const made = groups.map((_, at) => tower.init(fold(key, `group ${at}`), inputShape));
      return {
        params: Object.fromEntries(made.map(({ params }, at) => [`group${at}`, params])),
        outputShapes: Object.fromEntries(tasks.map((task) => [task, made[0]!.outputShape])),
      };
    },
    apply(params, x, context, tasks) {
      const made = Object.fromEntries(
        Object.keys(params).map((group) => [
          group,
          named(group, () => tower.apply(params[group]!, x, within(context, group))),
        ]),
      );
      return Object.fromEntries(tasks.map((task) => [task, featuresOf(made[groupOf(task)]!)]));
    },
  };
}

function featuresOf(value: Tensors): tf.Tensor | Sequence {
  if (value instanceof tf.Tensor) return value;
  if (typeof value === 'object' && 'values' in value && 'lengths' in value) return value as Sequence;
  throw new TypeError(
    `grouped: expected a tower that ends in a tensor or a sequence. Found ${quote(Object.keys(value))}.`,
  );
}
