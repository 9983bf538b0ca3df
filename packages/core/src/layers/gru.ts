import * as tf from '@tensorflow/tfjs-core';
import type { Layer, Sequence } from '../layer.ts';
import { type RecurrentOptions, recurrent } from './recurrent.ts';

/**
 * `inputWeight` [in, 3·units], `recurrentWeight` [units, 3·units], `inputBias` and `recurrentBias` [3·units]; gates in the order reset, update,
 * candidate.
 */
export type GruParams = {
  readonly inputWeight: tf.Tensor;
  readonly recurrentWeight: tf.Tensor;
  readonly inputBias: tf.Tensor;
  readonly recurrentBias: tf.Tensor;
};

type State = { readonly h: tf.Tensor };
type Weights = Pick<GruParams, 'recurrentWeight' | 'recurrentBias'>;

/**
 * Gated recurrent unit: r, z = σ(x·W + b + h·U + d), n = tanh(x·W + b + r ⊙ (h·U + d)), h′ = n + z ⊙ (h − n).
 *
 * Sequence of [batch, time, in] → sequence of [batch, time, units]: the states h, 0 in the padding. h starts at 0. The input shape is [time, in].
 * All parameters start uniform on ±1/√units.
 *
 * PyTorch's `nn.GRU`: `inputWeight` = `weight_ih_l0`ᵀ, `recurrentWeight` = `weight_hh_l0`ᵀ, `inputBias` = `bias_ih_l0`, `recurrentBias` =
 * `bias_hh_l0`. There are two biases because r scales one of the candidate's and not the other.
 *
 * @throws RangeError when `units` is not a positive integer or the input has no last axis.
 *
 * Cho et al., "Learning phrase representations using RNN encoder-decoder", EMNLP 2014, with the reset after the product as in cuDNN.
 */
export const gru = (options: RecurrentOptions): Layer<GruParams, Sequence, Sequence> => {
  const { units } = options;
  return recurrent<GruParams, State, Weights>(options, {
    name: 'gru',
    shapes: (features) => ({
      inputWeight: [features, 3 * units],
      recurrentWeight: [units, 3 * units],
      inputBias: [3 * units],
      recurrentBias: [3 * units],
    }),
    zeros: (state) => ({ h: state() }),
    project: ({ inputWeight, inputBias }, x) => tf.add(tf.matMul(x, inputWeight), inputBias),
    weights: ({ recurrentWeight, recurrentBias }) => ({ recurrentWeight, recurrentBias }),
    step: ({ h }, projected, { recurrentWeight, recurrentBias }) => {
      const remembered = tf.add(tf.matMul(h, recurrentWeight), recurrentBias);
      const sizes = [2 * units, units];
      const [gatesOfX, candidateOfX] = tf.split(projected, sizes, 1) as [tf.Tensor, tf.Tensor];
      const [gatesOfH, candidateOfH] = tf.split(remembered, sizes, 1) as [tf.Tensor, tf.Tensor];
      const [reset, update] = tf.split(tf.sigmoid(tf.add(gatesOfX, gatesOfH)), 2, 1) as [tf.Tensor, tf.Tensor];
      const candidate = tf.tanh(tf.add(candidateOfX, tf.mul(reset, candidateOfH)));
      return { h: tf.add(candidate, tf.mul(update, tf.sub(h, candidate))) };
    },
    output: ({ h }) => h,
  });
};
