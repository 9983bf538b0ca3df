import { leaves, mapTree, type Tree } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import './gradients/corrections.ts';
import { inPlace } from './named.ts';
import { orderTape, placeGradients } from './tape.ts';

export type TensorTree = Tree<tf.Tensor>;

/** The same tree with `null` where the value does not depend on a leaf. */
export type GradientsOf<T> = T extends tf.Tensor
  ? T | null
  : T extends object
    ? { [K in keyof T]: GradientsOf<T[K]> }
    : T;

type Differentiated<T> = { readonly value: tf.Tensor; readonly gradients: GradientsOf<T> };

/**
 * ∂(Σ upstream · f) / ∂leaf for every leaf of `tree`: reverse-mode differentiation of `f` at the current values.
 *
 * A leaf that `f` does not reach has the gradient `null`, not zeros: with several tasks that is the normal case, and an optimizer must
 * be able to leave such a parameter alone.
 *
 * May be called within `f` of another call: gradients of gradients, for Hessian-vector products, gradient penalties and meta-learning.
 *
 * tfjs disposes what `f` makes, all but its value. What else is wanted of the same forward pass, `f` returns beside its value, as `also`.
 *
 * @param f computes one tensor from the tensors of `tree`; it must use those very tensors.
 * @param upstream the gradient of the objective with respect to f's value, of its shape; ones when left out.
 */
export function gradients<T extends TensorTree, Also extends TensorTree>(
  f: () => { readonly value: tf.Tensor; readonly also: Also },
  tree: T,
  upstream?: tf.Tensor,
): Differentiated<T> & { readonly also: Also };
export function gradients<T extends TensorTree>(f: () => tf.Tensor, tree: T, upstream?: tf.Tensor): Differentiated<T>;
export function gradients(
  f: () => tf.Tensor | { readonly value: tf.Tensor; readonly also: TensorTree },
  tree: TensorTree,
  upstream?: tf.Tensor,
): { readonly value: tf.Tensor; readonly gradients: unknown; readonly also?: unknown } {
  const entries = leaves(tree);
  const xs = entries.map(([, tensor]) => tensor);
  let kept: TensorTree | undefined;
  const forward = () => {
    const made = inPlace({ pass: 'forward' }, f);
    orderTape();
    placeGradients();
    if (!('also' in made)) return made;
    kept = mapTree<tf.Tensor, tf.Tensor>(made.also, (tensor) => tf.keep(tf.clone(tensor)));
    return made.value;
  };
  // tfjs refuses to differentiate with respect to nothing
  const { value, grads } = inPlace({ pass: 'backward' }, () =>
    tf.engine().gradients(forward, xs.length > 0 ? xs : [tf.scalar(0)], upstream, true),
  );
  const byPath = new Map(entries.map(([path], index) => [path, grads[index] ?? null]));
  const found = mapTree<tf.Tensor, tf.Tensor | null>(tree, (_, path) => byPath.get(path) ?? null);
  const also = kept && mapTree<tf.Tensor, tf.Tensor>(kept, released);
  return also ? { value, gradients: found, also } : { value, gradients: found };
}

/** A tensor of the caller's scope in the place of one that outlives all scopes. */
function released(tensor: tf.Tensor): tf.Tensor {
  const own = tf.clone(tensor);
  tensor.dispose();
  return own;
}
