import * as tf from '@tensorflow/tfjs-core';
import { type ByPath, mapPaths, type Slots, type Transformation } from './transformation.ts';

export type Step = {
  readonly params: ByPath;
  readonly gradients: ByPath;
  readonly state: Slots;
  readonly learningRate: tf.Tensor;
  /** Whether a present task reaches the parameter: a boolean scalar, or undefined where that is always so. */
  readonly active: (path: string) => tf.Tensor | undefined;
};

/**
 * θ ← θ + u for every parameter that a present task reaches.
 *
 * A parameter that none reaches keeps its value, its moments and its step count, and does not decay: for it this step did not happen.
 */
export function applyUpdates(
  optimizer: Transformation,
  { params, gradients, state, learningRate, active }: Step,
): { params: ByPath; state: Slots } {
  const result = optimizer.update(gradients, state, { params, learningRate });
  const keep = (next: tf.Tensor, before: tf.Tensor, path: string) => {
    const condition = active(path);
    return condition && next !== before ? tf.where(condition, next, before) : next;
  };
  return {
    params: mapPaths(params, (value, path) => {
      const update = result.updates[path];
      return update ? keep(tf.add(value, update), value, path) : value;
    }),
    state: Object.fromEntries(
      Object.entries(result.state).map(([name, slot]) => [
        name,
        mapPaths(slot, (next, path) => keep(next, state[name]![path]!, path)),
      ]),
    ),
  };
}
