import { leaves, mapTree, type Tree } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import './tfjs-gradients.generated.js';

export type TensorTree = Tree<tf.Tensor>;

/** The same tree with `null` where the value does not depend on a leaf. */
export type GradientsOf<T> = T extends tf.Tensor
  ? T | null
  : T extends object
    ? { [K in keyof T]: GradientsOf<T[K]> }
    : T;

/**
 * ∂(Σ upstream · f) / ∂leaf for every leaf of `tree`: reverse-mode differentiation of `f` at the current values.
 *
 * A leaf that `f` does not reach has the gradient `null`, not zeros: with several tasks that is the normal case, and an optimizer must
 * be able to leave such a parameter alone.
 *
 * @param f computes one tensor from the tensors of `tree`; it must use those very tensors.
 * @param upstream the gradient of the objective with respect to f's value, of its shape; ones when left out.
 */
export function gradients<T extends TensorTree>(
  f: () => tf.Tensor,
  tree: T,
  upstream?: tf.Tensor,
): { value: tf.Tensor; gradients: GradientsOf<T> } {
  const entries = leaves<tf.Tensor>(tree);
  const xs = entries.map(([, tensor]) => tensor);
  const { value, grads } = tf.engine().gradients(f, xs, upstream, true);
  const byPath = new Map(entries.map(([path], index) => [path, grads[index] ?? null]));
  return {
    value,
    gradients: mapTree<tf.Tensor, tf.Tensor | null>(tree, (_, path) => byPath.get(path) ?? null) as GradientsOf<T>,
  };
}
