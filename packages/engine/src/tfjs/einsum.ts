import * as tf from '@tensorflow/tfjs-core';
import { type Algebra, einsumBy } from '../kernels/einsum.ts';
import type { Composed } from './composed.ts';

const algebra: Algebra<tf.Tensor> = {
  sum: (tensor, axes) => tf.sum(tensor, [...axes]),
  transpose: (tensor, permutation) => tf.transpose(tensor, [...permutation]),
  reshape: (tensor, shape) => tf.reshape(tensor, [...shape]),
  multiply: (left, right) => tf.mul(left, right),
  matMul: (left, right) => tf.matMul(left.tensor, right.tensor, left.isTransposed, right.isTransposed),
};

/**
 * tfjs's `wasm` backend has no einsum; its `cpu` backend leaves out terms and sums where a term alone has a label, multiplies everything
 * out before it adds, and gives the memory of its argument away where there is nothing to do.
 */
export const einsum: Composed = (inputs, { equation }: { equation: string }) => {
  const given = Object.values(inputs).map((tensor) => ({ tensor, shape: tensor.shape }));
  return tf.clone(einsumBy(algebra, equation, given));
};
