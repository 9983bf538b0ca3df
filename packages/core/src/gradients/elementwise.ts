import * as tf from '@tensorflow/tfjs-core';
import { type KernelGradient, kernelGradient } from './kernel-gradient.ts';

export const elementwiseGradients: readonly KernelGradient[] = [
  // a mean's dy is one number for many entries, and so is its double
  kernelGradient(tf.Square, 'right, but doubles x, not dy', { inputs: ['x'] }, (dy, [x]) => ({
    x: () => tf.mul(tf.mul(dy, 2), tf.cast(x!, 'float32')),
  })),
  kernelGradient(tf.Abs, '−1 at 0', { inputs: ['x'] }, (dy, [x]) => ({
    x: () => tf.mul(dy, tf.sign(tf.cast(x!, 'float32'))),
  })),
  // y > 0 exactly where x > 0, and then x need not be kept
  kernelGradient(tf.Relu, 'right, but keeps the input beside the output', { outputs: [true] }, (dy, [y]) => ({
    x: () => tf.mul(dy, tf.step(tf.cast(y!, 'float32'))),
  })),
  // d x^(−1/2) = −½·(x^(−1/2))³
  kernelGradient(tf.Rsqrt, 'needs a power', { inputs: ['x'] }, (dy, [x]) => ({
    x: () => {
      const root = tf.rsqrt(x!);
      return tf.mul(dy, tf.mul(tf.mul(root, tf.square(root)), -0.5));
    },
  })),
  kernelGradient<{ dtype: tf.DataType }>(
    tf.Cast,
    '1 for the cast to integers and booleans, whose slope is 0',
    {},
    (dy, _, { dtype }) => ({ x: () => (dtype === 'float32' ? tf.clone(dy) : tf.zeros(dy.shape)) }),
  ),
  // dx = dy·(1 for y > 0, otherwise y + 1)
  kernelGradient(tf.EluGrad, 'none: no second derivative of Elu', { inputs: ['dy', 'y'] }, (upstream, [dy, y]) => {
    const isPositive = tf.greater(y!, 0);
    return {
      dy: () => tf.mul(upstream, tf.where(isPositive, tf.onesLike(y!), tf.add(y!, 1))),
      y: () => tf.where(isPositive, tf.zerosLike(y!), tf.mul(upstream, dy!)),
    };
  }),
];
