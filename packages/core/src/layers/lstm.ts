import * as tf from '@tensorflow/tfjs-core';
import type { Layer, Sequence } from '../layer.ts';
import { type RecurrentOptions, recurrent } from './recurrent.ts';

/** `inputWeight` [in, 4·units], `recurrentWeight` [units, 4·units], `bias` [4·units]; gates in the order input, forget, candidate, output. */
export type LstmParams = {
  readonly inputWeight: tf.Tensor;
  readonly recurrentWeight: tf.Tensor;
  readonly bias: tf.Tensor;
};

type State = { readonly h: tf.Tensor; readonly c: tf.Tensor };
type Weights = Pick<LstmParams, 'recurrentWeight'>;

/**
 * Long short-term memory: i, f, o = σ(x·W + h·U + b), g = tanh(x·W + h·U + b), c′ = f ⊙ c + i ⊙ g, h′ = o ⊙ tanh(c′).
 *
 * Sequence of [batch, time, in] → sequence of [batch, time, units]: the states h, 0 in the padding. h and c start at 0. The input shape is
 * [time, in]. All parameters start uniform on ±1/√units.
 *
 * PyTorch's `nn.LSTM`: `inputWeight` = `weight_ih_l0`ᵀ, `recurrentWeight` = `weight_hh_l0`ᵀ, `bias` = `bias_ih_l0` + `bias_hh_l0`.
 *
 * @throws RangeError when `units` is not a positive integer or the input has no last axis.
 *
 * Hochreiter & Schmidhuber, "Long short-term memory", Neural Computation 1997; Gers et al., "Learning to forget", 2000.
 */
export const lstm = (options: RecurrentOptions): Layer<LstmParams, Sequence, Sequence> =>
  recurrent<LstmParams, State, Weights>(options, {
    name: 'lstm',
    shapes: (features) => ({
      inputWeight: [features, 4 * options.units],
      recurrentWeight: [options.units, 4 * options.units],
      bias: [4 * options.units],
    }),
    zeros: (state) => ({ h: state(), c: state() }),
    project: ({ inputWeight, bias }, x) => tf.add(tf.matMul(x, inputWeight), bias),
    weights: ({ recurrentWeight }) => ({ recurrentWeight }),
    step: (
      { h, c }: { h: tf.Tensor; c: tf.Tensor },
      projected,
      { recurrentWeight }: { recurrentWeight: tf.Tensor },
    ) => {
      const gates = tf.add(projected, tf.matMul(h, recurrentWeight));
      const [input, forget, candidate, output] = tf.split(gates, 4, 1) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const next = tf.add(tf.mul(tf.sigmoid(forget), c), tf.mul(tf.sigmoid(input), tf.tanh(candidate)));
      return { h: tf.mul(tf.sigmoid(output), tf.tanh(next)), c: next };
    },
    output: ({ h }) => h,
  });
