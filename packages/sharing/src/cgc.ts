import type { AnyLayer, Sharing, Tensors } from '@polytask/core';
import { type CgcParams, cgcLevel, type ExpertCounts, requireExperts } from './cgc-level.ts';
import { gateOf } from './gate.ts';
import { byTask } from './parts.ts';

export type CgcOptions = ExpertCounts & {
  /** E, of which every expert has parameters of its own: [batch, …] → [batch, …, features]. */
  readonly expert: AnyLayer;
  /** What a gate looks through; default `summary()`. */
  readonly gate?: AnyLayer;
};

/**
 * Customized gate control: fₖ = Σₑ gₖ(x)ₑ·Eₑ(x), e over the `specific` experts of task k and the `shared` ones; gₖ(x) = softmax(Wₖ·x).
 *
 * Experts of other tasks are out of a task's reach; without specific experts it is MMoE. Observes `gate.<task>`
 * [batch, specific + shared], the specific experts first.
 *
 * @throws RangeError unless there is an expert for each task.
 *
 * Tang, Liu, Zhao & Gong, "Progressive Layered Extraction (PLE)", RecSys 2020.
 */
export function cgc({ expert, gate, ...counts }: CgcOptions): Sharing<CgcParams, Tensors> {
  requireExperts('cgc', counts);
  const level = cgcLevel(expert, counts, gateOf(gate), false);
  return {
    init(key, inputShape, tasks) {
      const { params, outputShape } = level.init(key, inputShape, tasks);
      return { params, outputShapes: byTask(tasks, () => outputShape) };
    },
    apply: (params, x, context, tasks) =>
      level.apply(params, { tasks: byTask(tasks, () => x), shared: x }, context, tasks).tasks,
  };
}
