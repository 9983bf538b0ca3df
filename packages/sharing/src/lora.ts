import { fold } from '@polytask/base';
import { type DenseParams, dense, normal, type Sharing, stopGradient, type Tensors, zeros } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ByTask, byTask, changed, channelsOf, requireCount, times, valuesOf } from './parts.ts';

/** Aₖ [features, rank] and Bₖ [rank, units]; none at rank 0. */
export type LoraParams = {
  readonly trunk: DenseParams;
  readonly tasks: ByTask<{ readonly a?: tf.Tensor; readonly b?: tf.Tensor }>;
};

export type LoraOptions = {
  readonly units: number;
  /** r ≥ 0, default 4; 0 is the frozen trunk alone. */
  readonly rank?: number;
  /** α, default r. */
  readonly alpha?: number;
  /** Whether W and b stay as they are. Default: true. */
  readonly frozen?: boolean;
};

/**
 * Low-rank adaptation of one trunk for each task: fₖ = relu(x·(W + α/r·AₖBₖ) + b), W and b frozen.
 *
 * B starts at zero, so that all tasks start from the trunk. A frozen W is meant to come from an earlier training: from scratch, use
 * `frozen: false`. [batch, …, features] → [batch, …, units]: vectors, and each step of a sequence or place of a map by itself.
 *
 * @throws RangeError unless `units` ≥ 1, `rank` ≥ 0 are integers, `alpha` is finite and the last axis has features.
 *
 * Hu, Shen, Wallis, Allen-Zhu, Li, Wang, Wang & Chen, "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022.
 */
export function lora({ units, rank = 4, alpha = rank, frozen = true }: LoraOptions): Sharing<LoraParams, Tensors> {
  requireCount('lora.units', units);
  requireCount('lora.rank', rank, 0);
  if (!Number.isFinite(alpha)) throw new RangeError(`lora.alpha: expected a finite number. Found ${alpha}.`);
  const trunk = dense({ units });
  return {
    init(key, inputShape, tasks) {
      const features = channelsOf(inputShape, 'lora');
      const made = trunk.init(fold(key, 'trunk'), inputShape);
      const low = (task: string) =>
        rank === 0
          ? {}
          : {
              a: normal({ standardDeviation: 1 / Math.sqrt(features) })(fold(key, task), [features, rank]),
              b: zeros(key, [rank, units]),
            };
      return {
        params: { trunk: made.params, tasks: byTask(tasks, low) },
        outputShapes: byTask(tasks, () => made.outputShape),
      };
    },
    apply(params, value, context, tasks) {
      const x = valuesOf(value, 'lora');
      const { weight, bias } = params.trunk;
      const own = frozen ? { weight: stopGradient(weight), ...(bias && { bias: stopGradient(bias) }) } : params.trunk;
      const shared = trunk.apply(own as DenseParams, x, context);
      return byTask(tasks, (task) => {
        const { a, b } = params.tasks[task]!;
        const low = a && b && tf.mul(alpha / rank, times(times(x, a), b));
        return changed(value, 'lora', () => tf.relu(low ? tf.add(shared, low) : shared));
      });
    },
  };
}
