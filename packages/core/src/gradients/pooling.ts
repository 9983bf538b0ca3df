import * as tf from '@tensorflow/tfjs-core';
import { type KernelGradient, kernelGradient, listOf, runKernel } from './kernel-gradient.ts';

type Pooling = {
  readonly filterSize: number | number[];
  readonly strides: number | number[];
  readonly pad: 'same' | 'valid' | number | [number, number][];
};

export const poolingGradients: readonly KernelGradient[] = [
  kernelGradient<Pooling>(
    tf.MaxPoolWithArgmax,
    'none',
    { inputs: ['x'], outputs: [true, false] },
    (dys, [x, y], { filterSize, strides, pad }) => ({
      x: () => runKernel(tf.MaxPoolGrad, { dy: listOf(dys)[0]!, input: x!, output: y! }, { filterSize, strides, pad }),
    }),
  ),
  ...[
    [tf.AvgPoolGrad, tf.AvgPool],
    [tf.AvgPool3DGrad, tf.AvgPool3D],
  ].map(([gradient, forward]) =>
    kernelGradient<Pooling>(
      gradient!,
      'none: no second derivative of the pooling',
      { inputs: ['input'] },
      (upstream, [input], attributes) => ({
        dy: () => runKernel(forward!, { x: upstream }, { ...attributes }),
        input: () => tf.zeros(input!.shape),
      }),
    ),
  ),
];
