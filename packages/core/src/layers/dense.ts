import { fold, sizeOf } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { glorotUniform, type Initializer, zeros } from '../initializers.ts';
import type { Layer } from '../layer.ts';
import { type ActivationName, activationFunction } from './activation.ts';
import { lastAxis, requirePositive } from './arguments.ts';

/** `weight` [in, units], `bias` [units]. */
export type DenseParams = { readonly weight: tf.Tensor; readonly bias?: tf.Tensor };

export type DenseOptions = {
  readonly units: number;
  readonly activation?: ActivationName;
  /** Default true. */
  readonly bias?: boolean;
  /** First values of `weight`; default `glorotUniform`. The bias starts at 0. */
  readonly init?: Initializer;
};

/**
 * A fully connected layer: y = f(x·W + b), on the last axis.
 *
 * [batch, …, in] → [batch, …, units].
 *
 * @throws RangeError when `units` is not a positive integer, the activation is unknown or the input has no last axis.
 */
export function dense({
  units,
  activation = 'identity',
  bias = true,
  init = glorotUniform,
}: DenseOptions): Layer<DenseParams> {
  requirePositive('dense.units', units);
  const f = activationFunction(activation);
  return {
    init(key, inputShape) {
      const weight = init(fold(key, 'weight'), [lastAxis('dense', inputShape), units]);
      return {
        params: bias ? { weight, bias: zeros(fold(key, 'bias'), [units]) } : { weight },
        outputShape: [...inputShape.slice(0, -1), units],
      };
    },
    apply(params, x) {
      const leading = x.shape.slice(0, -1);
      // one matrix product however many axes lead: [batch·…, in] · [in, units]
      const rows = leading.length === 1 ? x : tf.reshape(x, [sizeOf(leading), x.shape.at(-1)!]);
      const product = tf.matMul(rows, params.weight);
      const y = f(params.bias ? tf.add(product, params.bias) : product);
      return leading.length === 1 ? y : tf.reshape(y, [...leading, units]);
    },
  };
}
