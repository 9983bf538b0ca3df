import * as tf from '@tensorflow/tfjs-core';
import { axesOf, type KernelGradient, kernelGradient } from './kernel-gradient.ts';

/** The gradient of a maximum or minimum, in equal parts to the entries that reach it. */
const extreme = (kernelName: string, attribute: string): KernelGradient =>
  kernelGradient<Record<string, number | number[]>>(
    kernelName,
    'the whole gradient to each of several equal extremes, so that its sum is too large',
    { inputs: ['x'], outputs: [true] },
    (dy, [x, y], attributes) => ({
      x: () => {
        const axes = axesOf(attributes[attribute], x!.shape);
        const kept = tf.backend_util.expandShapeToKeepDim(
          x!.shape.filter((_, axis) => !axes.includes(axis)),
          axes,
        );
        const reached = tf.cast(tf.equal(x!, tf.reshape(y!, kept)), 'float32');
        const shared = tf.div(tf.reshape(dy, kept), tf.sum(reached, axes, true));
        return tf.mul(shared, reached);
      },
    }),
  );

const ofOnes = 'right, but multiplies with as many ones: entries that are never all needed on their own';

/** A sum or mean over axes: every entry has the same gradient, which is divided before it is repeated. */
const total = (kernelName: string, countOf: (x: tf.Tensor, dy: tf.Tensor) => number): KernelGradient =>
  kernelGradient<{ axis: number | number[] | null }>(kernelName, ofOnes, { inputs: ['x'] }, (dy, [x], { axis }) => ({
    x: () => {
      if (x!.size === 0) return tf.zeros(x!.shape);
      const axes = axesOf(axis, x!.shape);
      const count = countOf(x!, dy);
      const share = count === 1 ? dy : tf.div(dy, count);
      const kept = x!.shape.map((size, at) => (axes.includes(at) ? 1 : size));
      const reps = x!.shape.map((size, at) => (axes.includes(at) ? size : 1));
      return x!.rank === 0 ? tf.clone(share) : tf.tile(tf.reshape(share, kept), reps);
    },
  }));

export const reductionGradients: readonly KernelGradient[] = [
  total(tf.Sum, () => 1),
  total(tf.Mean, (x, dy) => x.size / dy.size),
  extreme(tf.Max, 'reductionIndices'),
  extreme(tf.Min, 'axis'),
];
