import { didYouMean, quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Layer } from '../layer.ts';

/** The parameters of a layer that has none. */
export type NoParams = Readonly<Record<string, never>>;

/**
 * The activation functions by name, all elementwise.
 *
 * `gelu` is x·Φ(x) = ½·x·(1 + erf(x/√2)), not the tanh approximation (Hendrycks & Gimpel 2016); `silu` is x·σ(x).
 */
export const activations = {
  identity: (x: tf.Tensor): tf.Tensor => x,
  relu: (x: tf.Tensor): tf.Tensor => tf.relu(x),
  gelu: (x: tf.Tensor): tf.Tensor => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  silu: (x: tf.Tensor): tf.Tensor => tf.mul(x, tf.sigmoid(x)),
  elu: (x: tf.Tensor): tf.Tensor => tf.elu(x),
  tanh: (x: tf.Tensor): tf.Tensor => tf.tanh(x),
  sigmoid: (x: tf.Tensor): tf.Tensor => tf.sigmoid(x),
  softplus: (x: tf.Tensor): tf.Tensor => tf.softplus(x),
} as const;

export type ActivationName = keyof typeof activations;

/** @throws RangeError for an unknown name. */
export function activationFunction(name: ActivationName): (x: tf.Tensor) => tf.Tensor {
  if (!Object.hasOwn(activations, name)) {
    throw new RangeError(`Unknown activation ${quote(name)}. ${didYouMean(String(name), Object.keys(activations))}`);
  }
  return activations[name];
}

/**
 * An activation function as a layer: y = f(x), of the same shape.
 *
 * @throws RangeError for an unknown name.
 */
export function activation(name: ActivationName): Layer<NoParams> {
  const f = activationFunction(name);
  return {
    init: (_, inputShape) => ({ params: {}, outputShape: inputShape }),
    apply: (_, x) => f(x),
  };
}
