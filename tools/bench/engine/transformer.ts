import { fold, hostTensor, key, leaves, mapTree, permutation } from '@polytask/base';
import { context } from '@polytask/core';
import { transformer as encoder } from '@polytask/encoders';
import type * as tf from '@tensorflow/tfjs-core';
import { type BenchModel, crossEntropy, dense, labels, parameters } from './model.ts';

/** Pre-norm Transformer encoder, masked mean pooling, two heads. */
export function transformer({
  batch = 32,
  time = 64,
  width = 256,
  heads = 4,
  layers = 4,
  tokens = 8000,
} = {}): BenchModel {
  const layer = encoder({
    tokens,
    layers,
    width,
    heads,
    hidden: 4 * width,
    dropout: 0.1,
    maxLength: time,
    pooling: 'mean',
  });
  const { params: shared } = layer.init(key(0), [time]);
  const { all, normal, fill } = parameters(1);
  for (const [path, tensor] of leaves<never>(shared as never)) all[path] = tensor;
  for (const [name, classes] of [
    ['topic', 4],
    ['sentiment', 2],
  ] as const) {
    normal(`${name}.kernel`, [width, classes], 0.05);
    fill(`${name}.bias`, [classes], 0);
  }
  const lengths = Int32Array.from({ length: batch }, (_, row) => time / 2 + (row % (time / 2)));
  return {
    params: all,
    batch: (step) => ({
      ids: hostTensor(
        'int32',
        [batch, time],
        permutation(fold(key(1), step), batch * time).map((value) => value % tokens),
      ),
      lengths: hostTensor('int32', [batch], lengths),
      topic: labels(batch, 4),
      sentiment: labels(batch, 2),
    }),
    losses(params, { ids, lengths, topic, sentiment }, random) {
      const tree = mapTree(shared as never, (_: never, path: string) => params[path]!);
      const z: tf.Tensor = layer.apply(tree as never, { ids, lengths } as never, context('train', random));
      const head = (name: string) => dense(z, params[`${name}.kernel`]!, params[`${name}.bias`]!);
      return { losses: [crossEntropy(head('topic'), topic!), crossEntropy(head('sentiment'), sentiment!)] };
    },
  };
}
