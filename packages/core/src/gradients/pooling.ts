import * as tf from '@tensorflow/tfjs-core';
import { type KernelGradient, kernelGradient, listOf, runKernel } from './kernel-gradient.ts';
import { maxPool3dGradient, type Window } from './max-pool-3d.ts';

type Pad = 'same' | 'valid' | number | [number, number][];

type Pooling = {
  readonly filterSize: number | number[];
  readonly strides: number | number[];
  readonly pad: Pad;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
};

/** How the windows of a pool lie along rows and columns, or along depth, rows and columns. */
function windowsOf({ shape }: tf.Tensor, { filterSize, strides, pad, dimRoundingMode }: Pooling): Window[] {
  if (shape.length === 4) {
    const info = tf.backend_util.computePool2DInfo(
      shape as [number, number, number, number],
      filterSize as number,
      strides as number,
      1,
      pad as number,
      dimRoundingMode,
    );
    const { top, left } = info.padInfo;
    return [
      { length: info.inHeight, count: info.outHeight, size: info.filterHeight, stride: info.strideHeight, before: top },
      { length: info.inWidth, count: info.outWidth, size: info.filterWidth, stride: info.strideWidth, before: left },
    ];
  }
  const info = tf.backend_util.computePool3DInfo(
    shape as [number, number, number, number, number],
    filterSize as number,
    strides as number,
    1,
    pad as number,
    dimRoundingMode,
  );
  const { front, top, left } = info.padInfo;
  return [
    { length: info.inDepth, count: info.outDepth, size: info.filterDepth, stride: info.strideDepth, before: front },
    { length: info.inHeight, count: info.outHeight, size: info.filterHeight, stride: info.strideHeight, before: top },
    { length: info.inWidth, count: info.outWidth, size: info.filterWidth, stride: info.strideWidth, before: left },
  ];
}

/** What a pool's gradient kernel is told. It knows no rounding, so rounded windows are written as padding. */
function attributesFor(x: tf.Tensor, attributes: Pooling): Pooling {
  const { filterSize, strides, pad, dimRoundingMode } = attributes;
  if (x.rank !== 4 || !dimRoundingMode)
    return { filterSize, strides, pad, ...(dimRoundingMode ? { dimRoundingMode } : {}) };
  const around = windowsOf(x, attributes).map(({ length, count, size, stride, before }): [number, number] => [
    before,
    (count - 1) * stride + size - before - length,
  ]);
  return { filterSize, strides, pad: [[0, 0], ...around, [0, 0]] };
}

/** How many entries of the image each window has, as a part of its size: 1 but at padded borders. [1, …, 1] */
function coverage(x: tf.Tensor, attributes: Pooling): tf.Tensor | undefined {
  const parts = windowsOf(x, attributes).map(({ length, count, size, stride, before }) =>
    Array.from({ length: count }, (_, index) => {
      const begin = index * stride - before;
      return Math.max(0, Math.min(length, begin + size) - Math.max(0, begin)) / size;
    }),
  );
  if (parts.flat().every((part) => part === 1)) return undefined;
  return parts
    .map((part, axis) => tf.tensor(part, [1, ...parts.map((_, each) => (each === axis ? part.length : 1)), 1]))
    .reduce((product, part) => tf.mul(product, part));
}

const averageFault = 'wrong at padded borders, and with rounded sizes';
const second = 'none: no second derivative of the pooling';

/** tfjs averages over what a window has of the image, but its gradient kernel divides by the whole window. */
const average = (forward: string, backward: string): readonly KernelGradient[] => [
  kernelGradient<Pooling>(forward, averageFault, { inputs: ['x'] }, (dy, [x], attributes) => ({
    x: () => {
      const covered = coverage(x!, attributes);
      const upstream = covered ? tf.div(dy, covered) : dy;
      return runKernel(backward, { dy: upstream, input: x! }, attributesFor(x!, attributes));
    },
  })),
  kernelGradient<Pooling>(backward, second, { inputs: ['input'] }, (upstream, [input], attributes) => ({
    dy: () => {
      const covered = coverage(input!, attributes);
      const pooled = runKernel(forward, { x: upstream }, { ...attributes });
      return covered ? tf.mul(pooled, covered) : pooled;
    },
    input: () => tf.zeros(input!.shape),
  })),
];

const maximum = (dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor, attributes: Pooling) =>
  runKernel(tf.MaxPoolGrad, { dy, input: x, output: y }, attributesFor(x, attributes));

export const poolingGradients: readonly KernelGradient[] = [
  ...average(tf.AvgPool, tf.AvgPoolGrad),
  ...average(tf.AvgPool3D, tf.AvgPool3DGrad),
  kernelGradient<Pooling>(
    tf.MaxPool,
    'wrong with rounded sizes',
    { inputs: ['x'], outputs: [true] },
    (dy, [x, y], attributes) => ({
      x: () => maximum(dy, x!, y!, attributes),
    }),
  ),
  kernelGradient<Pooling>(
    tf.MaxPoolWithArgmax,
    'none',
    { inputs: ['x'], outputs: [true, false] },
    (dys, [x, y], attributes) => ({
      x: () => maximum(listOf(dys)[0]!, x!, y!, attributes),
    }),
  ),
  kernelGradient<Pooling>(
    tf.MaxPool3D,
    'wrong for windows that are not as high as wide',
    { inputs: ['x'], outputs: [true] },
    (dy, [x, y], attributes) => ({
      x: () => {
        const windows = windowsOf(x!, attributes);
        if (windows[1]!.size !== windows[2]!.size) return maxPool3dGradient(dy, x!, y!, windows);
        return runKernel(tf.MaxPool3DGrad, { dy, input: x!, output: y! }, attributesFor(x!, attributes));
      },
    }),
  ),
  // each upstream entry is read where the maximum of its window is
  kernelGradient<Pooling>(
    tf.MaxPoolGrad,
    second,
    { inputs: ['input', 'output'] },
    (upstream, [input, output], attributes) => ({
      dy: () => {
        const inputs = { x: input! };
        const wanted = { ...attributes, includeBatchInIndex: true };
        const [, places] = tf.engine().runKernel(tf.MaxPoolWithArgmax, inputs, wanted as never) as tf.Tensor[];
        return tf.gather(tf.reshape(upstream, [-1]), places as tf.Tensor4D);
      },
      input: () => tf.zeros(input!.shape),
      output: () => tf.zeros(output!.shape),
    }),
  ),
];
