import { fold, type HostTensor, hostTensor, quote } from '@polytask/base';
import {
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  type Host,
  type Initializer,
  type Layer,
  normal,
  within,
  zeros,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';

/** `a` [in, rank] and `b` [rank, units] beside the layer's own weights; none at rank 0. */
export type LowRankParams = DenseParams & { readonly a?: tf.Tensor; readonly b?: tf.Tensor };

export type LowRankOptions = {
  /** r ≥ 0; 0 is the layer alone. */
  readonly rank: number;
  /** α: the change counts α/r. Default: r. */
  readonly alpha?: number;
  /** The rate of dropout in front of the change, in [0, 1). Default: 0. */
  readonly dropout?: number;
};

/** α/r. */
export const lowRankScale = ({ rank, alpha = rank }: LowRankOptions): number => (rank === 0 ? 0 : alpha / rank);

/**
 * A fully connected layer with a low-rank change of its weights: y = x·W + b + α/r · drop(x)·A·B.
 *
 * B starts at 0, so the change does too. Which of the weights are trained is the caller's choice. [batch, …, in] → [batch, …, units].
 *
 * @throws RangeError unless `rank` is an integer ≥ 0 and `alpha` finite.
 *
 * Hu, Shen, Wallis, Allen-Zhu, Li, Wang, Wang & Chen, "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022.
 */
export function lowRankDense({
  units,
  init,
  ...change
}: LowRankOptions & { readonly units: number; readonly init: Initializer }): Layer<LowRankParams> {
  const { rank, dropout = 0 } = change;
  if (!(Number.isInteger(rank) && rank >= 0))
    throw new RangeError(`lora.rank: expected an integer ≥ 0. Found ${quote(rank)}.`);
  const scale = lowRankScale(change);
  if (!Number.isFinite(scale))
    throw new RangeError(`lora.alpha: expected a finite number. Found ${quote(change.alpha)}.`);
  const whole = dense({ units, init });
  const [down, up] = [dense({ units: Math.max(1, rank), bias: false }), dense({ units, bias: false })];
  const drop = dropoutLayer({ rate: dropout });
  return {
    init(key, inputShape) {
      const made = whole.init(key, inputShape);
      if (rank === 0) return made;
      const features = inputShape.at(-1)!;
      const a = normal({ standardDeviation: 1 / Math.sqrt(features) })(fold(key, 'a'), [features, rank]);
      return { ...made, params: { ...made.params, a, b: zeros(key, [rank, units]) } };
    },
    apply({ a, b, ...own }, x, context) {
      const y = whole.apply(own, x, context);
      if (!a || !b) return y;
      const low = down.apply({ weight: a }, drop.apply({}, x, within(context, 'lora')), context);
      return tf.add(y, tf.mul(up.apply({ weight: b }, low, context), scale));
    },
  };
}

/** The layer with its change added to its weights: W + α/r·A·B, and no `a` and `b`. */
export function mergedDense({ a, b, ...own }: Host<LowRankParams>, options: LowRankOptions): Host<DenseParams> {
  if (!a || !b) return own;
  const [features, rank] = a.shape as [number, number];
  const units = b.shape[1]!;
  const data = Float64Array.from(own.weight.data as ArrayLike<number>);
  for (let row = 0; row < features; row++)
    for (let inner = 0; inner < rank; inner++) {
      const factor = lowRankScale(options) * a.data[row * rank + inner]!;
      for (let unit = 0; unit < units; unit++) data[row * units + unit]! += factor * b.data[inner * units + unit]!;
    }
  const weight: HostTensor<'float32'> = hostTensor('float32', [features, units], data);
  return { ...own, weight };
}
