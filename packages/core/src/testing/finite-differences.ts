import { type HostTensor, hostTensor, leaves, type MapLeaves, mapTree, type Tree } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { gradients } from '../gradients.ts';

export type GradientDifference = {
  /** The largest |analytic − numeric| / max(1, |analytic|, |numeric|) over all elements. */
  readonly error: number;
  /** Where it is. */
  readonly path: string;
  readonly index: number;
  readonly analytic: number;
  readonly numeric: number;
};

/** The tree with tensors in the place of host tensors. */
export type TensorsOf<Tree> = MapLeaves<Tree, HostTensor, tf.Tensor>;

/** Host tensors as tensors of the active tfjs backend. */
export function toTensors<HostTree extends object>(tree: HostTree): TensorsOf<HostTree> {
  return mapTree<HostTensor, tf.Tensor>(tree as Tree<HostTensor>, ({ data, shape, dtype }) =>
    tf.tensor(data as Float32Array, [...shape], dtype as 'float32'),
  ) as TensorsOf<HostTree>;
}

/**
 * Compares the gradients of a scalar function with central finite differences, (f(x + h) − f(x − h)) / 2h, element by element.
 *
 * Float32 allows an error of about 10⁻³ with the default step, when values and derivatives are of the order of 1 and `f` is smooth between
 * x − h and x + h.
 *
 * @param f a scalar from a tree of float32 tensors.
 * @param at the point: the same tree of host tensors.
 * @param step h, default 2⁻⁷.
 */
export function finiteDifferences<HostTree extends object>(
  f: (tree: TensorsOf<HostTree>) => tf.Tensor,
  at: HostTree,
  { step = 2 ** -7 }: { readonly step?: number } = {},
): GradientDifference {
  const tree = at as Tree<HostTensor>;
  const value = (point: Tree<HostTensor>) => scoped(() => f(toTensors(point as HostTree)).dataSync()[0]!);
  const analytic = scoped(() => {
    const tensors = toTensors(at);
    const flat: Record<string, tf.Tensor> = Object.fromEntries(leaves<tf.Tensor>(tensors as Tree<tf.Tensor>));
    const found = Object.entries(gradients(() => f(tensors), flat).gradients);
    return new Map(found.map(([path, gradient]) => [path, gradient?.dataSync()]));
  });
  let worst: GradientDifference = { error: -1, path: '', index: 0, analytic: 0, numeric: 0 };
  for (const [path, { data, shape }] of leaves<HostTensor>(tree)) {
    for (let index = 0; index < data.length; index++) {
      const moved = (by: number) => {
        const changed = Float32Array.from(data);
        changed[index] = changed[index]! + by;
        const point = mapTree<HostTensor, HostTensor>(tree, (leaf, name) =>
          name === path ? hostTensor('float32', shape, changed) : leaf,
        );
        return value(point);
      };
      const numeric = (moved(step) - moved(-step)) / (2 * step);
      const exact = analytic.get(path)?.[index] ?? 0;
      const error = Math.abs(exact - numeric) / Math.max(1, Math.abs(exact), Math.abs(numeric));
      // not `>`: a NaN is the worst of all
      if (!(error <= worst.error)) worst = { error, path, index, analytic: exact, numeric };
      if (Number.isNaN(error)) return worst;
    }
  }
  return worst;
}

function scoped<Result>(body: () => Result): Result {
  const engine = tf.engine();
  engine.startScope();
  try {
    return body();
  } finally {
    engine.endScope();
  }
}
