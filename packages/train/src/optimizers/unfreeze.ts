import * as tf from '@tensorflow/tfjs-core';
import { type ByPath, mapPaths, type Transformation } from './transformation.ts';

/**
 * The same optimizer, in which parameters rest until their step comes: gradual unfreezing.
 *
 *   θ is updated in step t = 0, 1, … where t ≥ from(path)
 *
 * A resting parameter keeps its value, its moments and its step count, does not decay, and its gradient counts as 0 in a global norm. The
 * number of the step is an input of the program: nothing is compiled again when the next parameters wake. Gradients of resting parameters
 * are computed all the same.
 *
 * @param from the first step in which a parameter is trained; 0 for those that are from the beginning.
 *
 * Howard & Ruder, "Universal Language Model Fine-tuning for Text Classification", ACL 2018.
 */
export function unfreeze(optimizer: Transformation, from: (path: string) => number): Transformation {
  return {
    ...optimizer,
    usesStep: true,
    update(updates, state, info) {
      const { step } = info;
      if (!step) throw new TypeError('unfreeze: expected info.step. Found none.');
      // one comparison for all parameters that wake together
      const awake = new Map<number, tf.Tensor>();
      const isAwake = (path: string): tf.Tensor | undefined => {
        const first = from(path);
        if (first <= 0) return undefined;
        const known = awake.get(first) ?? tf.greaterEqual(step, first);
        awake.set(first, known);
        return known;
      };
      const only = (value: tf.Tensor, path: string) => {
        const condition = isAwake(path);
        return condition ? tf.where(condition, value, tf.zerosLike(value)) : value;
      };
      const result = optimizer.update(mapPaths(updates, only), state, info);
      const kept = (slot: ByPath, before: ByPath) =>
        mapPaths(slot, (next, path) => {
          const condition = next === before[path] ? undefined : isAwake(path);
          return condition ? tf.where(condition, next, before[path]!) : next;
        });
      return {
        updates: mapPaths(result.updates, only),
        state: Object.fromEntries(Object.entries(result.state).map(([name, slot]) => [name, kept(slot, state[name]!)])),
      };
    },
  };
}
