import { quote } from '@polytask/base';
import { type AnyLayer, named, type Sharing, type Tensors, within } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ByTask, byTask, featuresOf, partOf } from './parts.ts';
import { distanceToMean } from './pulled-heads.ts';

export type SoftParams = { readonly towers: ByTask<Tensors> };

export type SoftOptions = {
  /** h, of which each task has a copy: [batch, …] → [batch, …, features]. */
  readonly tower: AnyLayer;
  /** λ ≥ 0, default 10⁻²; 0 leaves the towers to themselves. */
  readonly strength?: number;
};

/**
 * Soft sharing: fₖ = h(x; θₖ), and the towers are pulled together by the added loss λ·Σ_{i<j} ‖θᵢ − θⱼ‖².
 *
 * The towers start from equal values. The loss is recorded as `distance`; with K towers it is λ·K·Σₖ ‖θₖ − θ̄‖², so tasks are pulled to
 * their mean.
 *
 * @throws RangeError unless λ ≥ 0.
 *
 * Evgeniou & Pontil, "Regularized Multi-Task Learning", KDD 2004; Duong, Cohn, Bird & Cook, "Low Resource Dependency Parsing:
 * Cross-lingual Parameter Sharing in a Neural Network Parser", ACL 2015.
 */
export function soft({ tower: given, strength = 0.01 }: SoftOptions): Sharing<SoftParams, Tensors> {
  if (!(strength >= 0)) throw new RangeError(`soft.strength: expected a number ≥ 0. Found ${quote(strength)}.`);
  const tower = partOf(given);
  return {
    init(key, inputShape, tasks) {
      const { params, outputShape } = tower.init(key, inputShape);
      return { params: { towers: byTask(tasks, () => params) }, outputShapes: byTask(tasks, () => outputShape) };
    },
    apply({ towers }, x, context, tasks) {
      if (strength > 0 && tasks.length > 1)
        context.record.loss('distance', tf.mul(strength, squaredDistances(tasks.map((task) => towers[task]!))));
      return byTask(tasks, (task) =>
        featuresOf(
          named(task, () => tower.apply(towers[task]!, x, within(context, task))),
          'soft',
        ),
      );
    },
  };
}

/** Σ_{i<j} ‖θᵢ − θⱼ‖² = K·Σₖ ‖θₖ − θ̄‖². */
const squaredDistances = (towers: readonly Tensors[]): tf.Tensor => tf.mul(towers.length, distanceToMean(towers));
