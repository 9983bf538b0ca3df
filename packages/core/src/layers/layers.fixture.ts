import { key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { type Context, context, type Recorder, type Sequence } from '../layer.ts';
import { random } from '../random.ts';

export const numbers = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];

export const inferring: Context = context('infer', random(key(1)));

export const training = (seed = 1, record?: Recorder): Context => context('train', random(key(seed)), record);

/** Keeps what a layer observes, by name. */
export function recording(): { readonly record: Recorder; readonly observed: Map<string, tf.Tensor> } {
  const observed = new Map<string, tf.Tensor>();
  return { observed, record: { loss: () => {}, observe: (name, value) => void observed.set(name, value) } };
}

/** Numbers of the order of 1 that no layer could expect. */
export const wavy = (shape: number[], phase = 0): tf.Tensor =>
  tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, index) => Math.sin(1.7 * index + phase)),
    shape,
  );

/** A scalar that depends on each element in its own way: for gradient checks. */
export const weighed = (tensor: tf.Tensor): tf.Tensor => tf.sum(tf.mul(tensor, wavy(tensor.shape, 0.4)));

export const sequence = (values: tf.Tensor, lengths: number[]): Sequence => ({
  values,
  lengths: tf.tensor1d(lengths, 'int32'),
});
