import { type AnyLayer, type NoParams, named, type Sharing, type Tensors, within } from '@polytask/core';
import { byTask, featuresOf, partOf } from './parts.ts';

export type HardParams = { readonly tower: Tensors } | NoParams;

/**
 * Hard sharing: every task sees the same features, fₖ = h(x) for all k.
 *
 * @param tower h, one layer for all tasks, [batch, …] → [batch, …, features]; the representation itself when left out.
 *
 * Caruana, "Multitask Learning", Machine Learning 1997.
 */
export function hard({ tower: given }: { readonly tower?: AnyLayer } = {}): Sharing<HardParams, Tensors> {
  const tower = given && partOf(given);
  return {
    init(key, inputShape, tasks) {
      if (!tower) return { params: {}, outputShapes: byTask(tasks, () => inputShape) };
      const { params, outputShape } = tower.init(key, inputShape);
      return { params: { tower: params }, outputShapes: byTask(tasks, () => outputShape) };
    },
    apply(params, x, context, tasks) {
      const shared = tower
        ? named('tower', () => tower.apply((params as { tower: Tensors }).tower, x, within(context, 'tower')))
        : x;
      const features = featuresOf(shared, 'hard');
      return byTask(tasks, () => features);
    },
  };
}
