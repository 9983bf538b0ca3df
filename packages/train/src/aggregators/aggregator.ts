import type { HostTensor } from '@polytask/base';
import type { Random } from '@polytask/core';
import type { Answers } from '@polytask/engine';
import type * as tf from '@tensorflow/tfjs-core';
import type { ByPath, Slots } from '../optimizers/transformation.ts';

/** What the tasks of a step want of the parameters they share. */
export type TaskGradients = {
  /** ∂Lₖ/∂θ by the path of θ: [tasks, …θ], 0 for absent tasks; where the aggregator takes `turns`, [1, …θ] of the task whose turn it is. */
  readonly gradients: ByPath;
  /** [tasks]: the mean losses, 0 for absent tasks. */
  readonly losses: tf.Tensor;
  /** [tasks]: 1 for tasks that have labels, or the turn, in this step, else 0. */
  readonly present: tf.Tensor;
  readonly random: Random;
};

export type Aggregation = {
  /** The one gradient by the path of θ: […θ]. */
  readonly gradient: ByPath;
  readonly state: Slots;
  /** [tasks]: what the gradients were multiplied by, for the report; 1 for tasks present when left out. */
  readonly weights?: tf.Tensor;
  /** [tasks]: what the gradients of each task's own parameters are multiplied by; 1 when left out. */
  readonly own?: tf.Tensor;
};

/**
 * A method that combines the gradients of the tasks entry by entry, or remembers them, so that K weights cannot say what it does.
 *
 * It is a pure function on tfjs tensors that becomes a part of the compiled step; its state lives on the device, among the slots of the
 * optimizer, and is saved with them. A step costs one backward pass per task present or not, and memory for K gradients. A task's own
 * parameters have the gradient of its loss, times `own`.
 *
 * Works in steps of one batch without an exchange.
 */
export interface Aggregator {
  readonly name: string;
  /** Whether one task after the other has its turn, one per step: then a step costs a single backward pass. */
  readonly turns?: boolean;
  /** @param shared the parameters that tasks may share: all outside of `heads`. */
  init(shared: ByPath<HostTensor>, taskCount: number): Slots<HostTensor>;
  /** State for paths, or of slots, that it does not return stays as it is. */
  combine(given: TaskGradients, state: Slots): Aggregation;
  /** To what `combine` hands over to the host. */
  readonly answers?: Answers;
}

const prefix = 'aggregator.';

/** The state of the aggregator among the slots of the optimizer. */
export const aggregatorSlots = {
  join: <Value>(own: Slots<Value>): Slots<Value> =>
    Object.fromEntries(Object.entries(own).map(([name, slot]) => [`${prefix}${name}`, slot])),
  split<Value>(slots: Slots<Value>): { own: Slots<Value>; others: Slots<Value> } {
    const isOwn = ([name]: [string, unknown]) => name.startsWith(prefix);
    const entries = Object.entries(slots);
    return {
      own: Object.fromEntries(entries.filter(isOwn).map(([name, slot]) => [name.slice(prefix.length), slot])),
      others: Object.fromEntries(entries.filter((entry) => !isOwn(entry))),
    };
  },
};

/** Whether tasks may share a parameter: heads belong to one task each. */
export const mayBeShared = (path: string): boolean => !path.startsWith('heads.');
