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

export const reductionGradients: readonly KernelGradient[] = [
  extreme(tf.Max, 'reductionIndices'),
  extreme(tf.Min, 'axis'),
];
