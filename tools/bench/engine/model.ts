import { fold, type HostTensor, hostTensor, type Key, key, normal, sizeOf } from '@polytask/base';
import type { Random, Tensors } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';

/** A model as the benchmark runs it: any program of tfjs operations that gives one mean loss per task. */
export type BenchModel = {
  readonly params: Record<string, HostTensor>;
  /** Running statistics, which a step replaces. */
  readonly state?: Record<string, HostTensor>;
  /** The batch of a step, made outside the measured time. */
  batch(step: number): Record<string, HostTensor>;
  losses(
    params: Record<string, tf.Tensor>,
    batch: Record<string, tf.Tensor>,
    random: Random,
    state: Record<string, tf.Tensor>,
  ): { readonly losses: readonly tf.Tensor[]; readonly state?: Record<string, tf.Tensor> };
};

/** Parameters and their draws, in the order in which they are asked for. */
export function parameters(seed: number) {
  const all: Record<string, HostTensor> = {};
  const root = key(seed);
  const make = (name: string, shape: readonly number[], data: Float32Array) => {
    all[name] = hostTensor('float32', shape, data);
  };
  return {
    all,
    normal: (name: string, shape: readonly number[], deviation: number) =>
      make(
        name,
        shape,
        normal(fold(root, name), sizeOf(shape)).map((value) => value * deviation),
      ),
    fill: (name: string, shape: readonly number[], value: number) =>
      make(name, shape, new Float32Array(sizeOf(shape)).fill(value)),
  };
}

export const noise = (step: number, shape: readonly number[], label = 'x'): HostTensor =>
  hostTensor('float32', shape, normal(fold(fold(key(11), label), step % 8), sizeOf(shape)));

export const labels = (rows: number, classes: number, step = 0): HostTensor =>
  hostTensor(
    'int32',
    [rows],
    Int32Array.from({ length: rows }, (_, row) => (row + step) % classes),
  );

export const dense = (x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
  tf.add(tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), bias);

/** Mean cross-entropy of the rows. */
export function crossEntropy(logits: tf.Tensor, target: tf.Tensor): tf.Tensor {
  const classes = logits.shape.at(-1)!;
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(logits), tf.oneHot(target as tf.Tensor1D, classes)), -1)));
}

export type { HostTensor, Key, Random, Tensors };
