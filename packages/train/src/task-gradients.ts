import { leaves, PolytaskError } from '@polytask/base';
import { gradients, type Tensors } from '@polytask/core';
import { distances } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import type { Reach } from './measure.ts';
import { type ByPath, mapPaths } from './optimizers/transformation.ts';

/**
 * With respect to what the gradients of the tasks are compared:
 *
 * - `parameters`: all that at least two tasks reach. What the methods mean, at the cost of a backward pass per task
 * - `representation`: the last value that all tasks share, for each example. One pass through each head, so nearly free; what happens
 *   below the representation is left out, and two gradients that agree there may differ in their length below
 * - `last-layer`: the parameters of the shared layer that is applied last. As cheap; GradNorm's choice
 */
export type GradientScope = 'parameters' | 'representation' | 'last-layer';

/**
 * ∂Lₖ/∂x for every task k and each tensor x of `of` that it reaches: one backward pass per task.
 *
 * @param losses computes all losses from the very tensors of `of`.
 */
export const taskGradients = (losses: () => readonly tf.Tensor[], taskCount: number, of: ByPath): ByPath[] =>
  Array.from({ length: taskCount }, (_, task) => present(gradients(() => losses()[task]!, of).gradients));

/** The numbers of what all tasks share, by path: of a sequence its values, for its lengths have no gradient. */
export const numbersOf = (representation: Tensors): ByPath =>
  Object.fromEntries(leaves<tf.Tensor>(representation).filter(([, { dtype }]) => dtype === 'float32'));

/** The gradients that there are. */
export const present = (found: Readonly<Record<string, tf.Tensor | null>>): ByPath =>
  Object.fromEntries(Object.entries(found).filter(([, gradient]) => gradient !== null)) as ByPath;

/** The gradients of all tasks with respect to each tensor of `of`: [tasks, …x], 0 where a task does not reach x. */
export const stacked = (perTask: readonly ByPath[], of: ByPath): ByPath =>
  mapPaths(of, (tensor, path) => tf.stack(perTask.map((found) => found[path] ?? tf.zerosLike(tensor))));

/** Gᵢⱼ = Σₓ ⟨∂Lᵢ/∂x, ∂Lⱼ/∂x⟩ of gradients [tasks, …x]. What is deepest comes last, as backward passes find it. */
export function gramianOf(stacked: ByPath): tf.Tensor {
  return Object.values(stacked)
    .reverse()
    .map((gradient) => {
      const jacobian = flat(gradient);
      return tf.matMul(jacobian, jacobian, false, true) as tf.Tensor;
    })
    .reduce((total, part) => tf.add(total, part));
}

/** Σₖ wₖ ∂Lₖ/∂x of gradients [tasks, …x]. */
export function weighted(weights: tf.Tensor, stacked: ByPath): ByPath {
  const row = tf.reshape(weights, [1, -1]) as tf.Tensor2D;
  return mapPaths(stacked, (gradient) => tf.reshape(tf.matMul(row, flat(gradient)), gradient.shape.slice(1)));
}

/** Σₖ wₖ ∂Lₖ/∂x of what is not among `shared`: a task's own parameters, which no other task's gradient is stacked upon. */
export function weightedOwn(weights: tf.Tensor, perTask: readonly ByPath[], shared: ByPath): ByPath {
  const each = tf.unstack(weights);
  const sums: Record<string, tf.Tensor> = {};
  for (const [task, found] of perTask.entries())
    for (const [path, gradient] of Object.entries(found)) {
      if (path in shared) continue;
      const part = tf.mul(gradient, each[task]!);
      sums[path] = sums[path] ? tf.add(sums[path], part) : part;
    }
  return sums;
}

const flat = (gradient: tf.Tensor): tf.Tensor2D => tf.reshape(gradient, [gradient.shape[0]!, -1]);

/** The parameters that at least two tasks reach; of a single task, those that it reaches. */
export const sharedOf = (params: ByPath, reach: Reach, taskCount: number): ByPath =>
  Object.fromEntries(
    Object.entries(params).filter(([path]) => (reach.get(path)?.length ?? 0) >= Math.min(2, taskCount)),
  );

/**
 * The parameters of the layer that `representation`, or the last of its tensors, was last computed with: those beside the matrix, or kernel, applied
 * last.
 *
 * @throws PolytaskError E4006 when nothing shared has parameters.
 */
export function lastLayerOf(shared: ByPath, representation: Tensors): ByPath {
  const paths = Object.keys(shared);
  const away = distances(
    Object.values(numbersOf(representation)).at(-1)!,
    paths.map((path) => shared[path]!),
  );
  const reached = paths.flatMap((path, index) => (away[index] === undefined ? [] : [{ path, distance: away[index] }]));
  const matrices = reached.filter(({ path }) => shared[path]!.rank >= 2);
  const [last] = (matrices.length > 0 ? matrices : reached).sort((left, right) => left.distance - right.distance);
  if (!last) throw nothingShared();
  const layer = last.path.slice(0, last.path.lastIndexOf('.') + 1);
  const isInside = (path: string) => path.startsWith(layer) && !path.slice(layer.length).includes('.');
  return Object.fromEntries(Object.entries(shared).filter(([path]) => isInside(path)));
}

export const nothingShared = () =>
  new PolytaskError('usage', {
    code: 'E4006',
    message: 'No parameter is reached by two tasks, so there are no gradients to compare.',
    fix: "Compare them at the representation (gradients: 'representation'), or share a layer.",
  });
