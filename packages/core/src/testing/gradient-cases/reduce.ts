import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, gradientCase, smoothly } from './gradient-case.ts';

type Reduction = (x: tf.Tensor, axes: number[] | undefined, keepDims: boolean) => tf.Tensor;

/** A reduction over some or all axes, with and without keeping them. */
const reduction = (kernel: string, f: Reduction, kind: 'smooth' | 'apart' = 'smooth'): GradientCase =>
  gradientCase(
    kernel,
    'over any axes',
    (random) => {
      const shape = random.shape(0, 5, { empty: kind === 'smooth' });
      const axes = random.coin() ? undefined : random.axes(shape.length);
      const keepDims = random.coin();
      return {
        inputs: { x: kind === 'smooth' ? random.reals(shape) : random.apart(shape) },
        evaluate: ({ x }) => f(x!, axes, keepDims),
      };
    },
    { smooth: kind === 'smooth' },
  );

/** A kernel along the last axis. */
const rows = (kernel: string, f: (x: tf.Tensor) => tf.Tensor): GradientCase =>
  gradientCase(
    kernel,
    'of the last axis',
    (random) => ({ inputs: { x: random.reals(random.shape(1, 4)) }, evaluate: ({ x }) => f(x!) }),
    smoothly,
  );

type Cumulative = (x: tf.Tensor, axis: number, exclusive: boolean, reverse: boolean) => tf.Tensor;

const cumulative = (kernel: string, title: string, f: Cumulative, values: readonly number[] = []): GradientCase =>
  gradientCase(
    kernel,
    title,
    (random) => {
      const shape = random.shape(1);
      const [axis, exclusive, reverse] = [random.whole(0, shape.length - 1), random.coin(), random.coin()];
      const x = random.reals(shape);
      if (values.length > 0) for (const at of x.data.keys()) if (random.coin()) x.data[at] = random.among(...values);
      return { inputs: { x }, evaluate: (tensors) => f(tensors.x!, axis, exclusive, reverse) };
    },
    smoothly,
  );

/** An index of x, beside x. */
const place = (kernel: string, f: (x: tf.Tensor, axis: number) => tf.Tensor): GradientCase =>
  gradientCase(kernel, 'as a number', (random) => {
    const shape = random.shape(1, 4, { empty: false });
    const axis = random.axis(shape.length);
    return {
      inputs: { x: random.apart(shape) },
      evaluate: ({ x }) => tf.mul(tf.sum(tf.square(x!), axis), tf.cast(f(x!, axis), 'float32')),
    };
  });

export const reduceCases: readonly GradientCase[] = [
  reduction(tf.Sum, (x, axes, keepDims) => tf.sum(tf.square(x), axes, keepDims)),
  reduction(tf.Mean, (x, axes, keepDims) => tf.mean(tf.square(x), axes, keepDims)),
  reduction(tf.Prod, (x, axes, keepDims) => tf.prod(x, axes, keepDims)),
  reduction(tf.Max, (x, axes, keepDims) => tf.max(x, axes, keepDims), 'apart'),
  reduction(tf.Min, (x, axes, keepDims) => tf.min(x, axes, keepDims), 'apart'),
  gradientCase(
    tf.Prod,
    'with zeros',
    (random) => {
      const x = random.reals([3, 4]);
      for (let count = random.whole(1, 4); count > 0; count--) x.data[random.whole(0, 11)] = 0;
      const axis = random.among(0, 1, -1, undefined);
      return { inputs: { x }, evaluate: (tensors) => tf.prod(tensors.x!, axis) };
    },
    smoothly,
  ),
  cumulative(tf.Cumsum, 'along any axis', (x, ...rest) => tf.cumsum(tf.square(x), ...rest)),
  cumulative(tf.Cumprod, 'along any axis', tf.cumprod),
  cumulative(tf.Cumprod, 'with zeros', tf.cumprod, [0]),
  rows(tf.Softmax, (x) => tf.softmax(x)),
  rows(tf.Exp, (x) => tf.logSoftmax(x)),
  rows(tf.Log, (x) => tf.logSumExp(x, -1)),
  place(tf.ArgMax, (x, axis) => tf.argMax(x, axis)),
  place(tf.ArgMin, (x, axis) => tf.argMin(x, axis)),
];
