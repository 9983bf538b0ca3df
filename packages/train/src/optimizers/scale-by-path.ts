import * as tf from '@tensorflow/tfjs-core';
import type { ByPath, Transformation } from './transformation.ts';

/**
 * The same optimizer with updates scaled for each parameter: u ← f(path)·u, weight decay included.
 *
 * Parameters of factor 0 stay as they are, bit by bit, and have no part in what the optimizer makes of all gradients together, such as a
 * global norm. With f = ξ^(depth from the top) it is layer-wise (discriminative) learning rates.
 *
 * @param factor ≥ 0, by path; 1 changes nothing.
 * @throws RangeError when a factor is negative or no number.
 *
 * Howard & Ruder, "Universal Language Model Fine-tuning for Text Classification", ACL 2018.
 */
export function scaleByPath(optimizer: Transformation, factor: (path: string) => number): Transformation {
  const factorOf = (path: string) => {
    const value = factor(path);
    if (value >= 0 && Number.isFinite(value)) return value;
    throw new RangeError(`factor of ${path}: expected a finite number ≥ 0. Found ${value}.`);
  };
  return {
    ...optimizer,
    update(updates, state, info) {
      const moving = Object.fromEntries(Object.entries(updates).filter(([path]) => factorOf(path) > 0));
      const result = optimizer.update(moving, state, info);
      const scaled: ByPath = Object.fromEntries(
        Object.entries(result.updates).map(([path, update]) => {
          const own = factorOf(path);
          return [path, own === 1 ? update : tf.mul(update, own)];
        }),
      );
      return { updates: scaled, state: result.state };
    },
  };
}
