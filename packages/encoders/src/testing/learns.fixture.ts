import { key, leaves, mapTree, type Tree } from '@polytask/base';
import { context, gradients, meanLoss, random, softmaxCrossEntropy } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import type { Encoder } from '../encoder.ts';
import type { TokenInputs } from '../text/token-inputs.ts';

/**
 * Trains an encoder under a fixed linear classifier with plain gradient descent on all examples at once.
 *
 * @returns the losses before each step, and the share of right classes at the end.
 */
export function learns<Spec, Params>(
  encoder: Encoder<string, Spec, Int32Array, Params, TokenInputs>,
  examples: readonly { readonly text: string; readonly label: number }[],
  { steps, learningRate }: { readonly steps: number; readonly learningRate: number },
): { readonly losses: readonly number[]; readonly accuracy: number } {
  const spec = encoder.fit(
    examples.map(({ text }) => text),
    key(1),
  );
  const { layer, inputShape } = encoder.layer(spec);
  const { params: initial, outputShape } = layer.init(key(2), inputShape);
  const lists = examples.map(({ text }) => encoder.encode(text, spec));
  const inputs = toTensors(
    encoder.collate(lists, { size: lists.length, width: Math.max(...lists.map(encoder.lengthOf)) }, spec),
  );
  const labels = tf.tensor1d(
    examples.map(({ label }) => label),
    'int32',
  );
  const features = outputShape[0]!;
  const classifier = tf.tensor2d(
    Array.from({ length: features }, (_, at) => [Math.cos(at), -Math.cos(at)]),
    [features, 2],
  );
  let params = toTensors(initial as object) as Tree<tf.Tensor>;
  const logits = (step: number, mode: 'train' | 'infer') =>
    tf.matMul(layer.apply(params as Params, inputs, context(mode, random(key(step)))), classifier);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const found = gradients(
      () => meanLoss(softmaxCrossEntropy(logits(step, 'train'), labels)),
      Object.fromEntries(leaves<tf.Tensor>(params)),
    );
    losses.push(found.value.dataSync()[0]!);
    params = mapTree<tf.Tensor, tf.Tensor>(params, (value, path) =>
      tf.sub(value, tf.mul(found.gradients[path]!, learningRate)),
    );
  }
  const chosen = tf.argMax(logits(steps, 'infer'), 1).dataSync();
  const right = examples.filter(({ label }, at) => chosen[at] === label);
  return { losses, accuracy: right.length / examples.length };
}
