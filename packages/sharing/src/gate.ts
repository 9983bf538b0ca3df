import { fold, type Key, type Shape } from '@polytask/base';
import {
  type AnyLayer,
  type Context,
  type DenseParams,
  dense,
  type Host,
  named,
  type Tensors,
  within,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { changed, type Features, partOf, tensorOf, valuesOf } from './parts.ts';
import { summary } from './summary.ts';

/** `input`, the parameters of what the gate looks through, and the matrix W [features, experts]. */
export type GateParams = { readonly input: Tensors; readonly logits: DenseParams };

/** g = softmax(W·s(x)): how much each of several experts counts for an example, [batch, experts]. */
export function gateOf(input: AnyLayer = summary()) {
  const seen = partOf(input);
  return {
    init(key: Key, inputShape: Shape, experts: number): Host<GateParams> {
      const made = seen.init(fold(key, 'input'), inputShape);
      const logits = dense({ units: experts, bias: false }).init(fold(key, 'logits'), made.outputShape);
      return { input: made.params, logits: logits.params };
    },
    /** @param name under which the weights are observed. */
    apply(params: GateParams, x: Tensors, name: string, context: Context): tf.Tensor {
      return named(name, () => {
        const features = tensorOf(seen.apply(params.input, x, within(context, name)), 'gate');
        const weights = tf.softmax(tf.matMul(features, params.logits.weight));
        context.record.observe(name, weights);
        return weights;
      });
    },
  };
}

export type Gate = ReturnType<typeof gateOf>;

/** Σₑ gₑ·Eₑ: of experts [batch, …], or sequences, with weights [batch, experts]. */
export const mixture = (weights: tf.Tensor, experts: readonly Features[]): Features =>
  changed(experts[0]!, 'expert', () =>
    mixed(
      weights,
      experts.map((expert) => valuesOf(expert, 'expert')),
    ),
  );

function mixed(weights: tf.Tensor, experts: readonly tf.Tensor[]): tf.Tensor {
  const shape = experts[0]!.shape;
  const [batch, count] = [shape[0]!, experts.length];
  const stacked = tf.stack(
    experts.map((expert) => tf.reshape(expert, [batch, -1])),
    1,
  ); // [batch, experts, features]
  return tf.reshape(tf.matMul(tf.reshape(weights, [batch, 1, count]), stacked), shape);
}
