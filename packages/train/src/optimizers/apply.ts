import * as tf from '@tensorflow/tfjs-core';
import { rowViews } from './lazy.ts';
import { type ByPath, mapPaths, type Slots, type Transformation } from './transformation.ts';

export type Step = {
  readonly params: ByPath;
  readonly gradients: ByPath;
  readonly state: Slots;
  /** η, or [η, step] where the optimizer uses the number of the step. */
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
  const views = rowViews(optimizer, gradients);
  /** A parameter, or a slot of its shape, as the optimizer sees it. */
  const taken = (value: tf.Tensor, path: string) => (isWhole(value, path) ? views[path]!.take(value) : value);
  const isWhole = (value: tf.Tensor, path: string) =>
    views[path] !== undefined && value.rank > 0 && value.shape[0] === gradients[path]!.shape[0];
  const seen = mapPaths(params, taken);
  const seenState = Object.fromEntries(Object.entries(state).map(([name, slot]) => [name, mapPaths(slot, taken)]));
  const given = mapPaths(gradients, (gradient, path) => views[path]?.gradient ?? gradient);
  const result = optimizer.update(given, seenState, { params: seen, ...infoOf(learningRate) });
  const keep = (next: tf.Tensor, before: tf.Tensor, path: string) => {
    const condition = active(path);
    return condition && next !== before ? tf.where(condition, next, before) : next;
  };
  /** The whole value again, when its rows, or it itself, were `before` and are to be `next`. */
  const put = (whole: tf.Tensor, next: tf.Tensor, before: tf.Tensor, path: string) => {
    const kept = keep(next, before, path);
    return isWhole(whole, path) && next !== before ? views[path]!.put(whole, kept) : kept === before ? whole : kept;
  };
  return {
    params: mapPaths(params, (value, path) => {
      const update = result.updates[path];
      return update ? put(value, tf.add(seen[path]!, update), seen[path]!, path) : value;
    }),
    state: Object.fromEntries(
      Object.entries(result.state).map(([name, slot]) => [
        name,
        mapPaths(slot, (next, path) => put(state[name]![path]!, next, seenState[name]![path]!, path)),
      ]),
    ),
  };
}

function infoOf(given: tf.Tensor): { learningRate: tf.Tensor; step?: tf.Tensor } {
  if (given.rank === 0) return { learningRate: given };
  const [learningRate, step] = tf.unstack(given) as [tf.Tensor, tf.Tensor];
  return { learningRate, step };
}
