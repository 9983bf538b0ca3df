import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from './draws.ts';
import { type GradientCase, gradientCase, smoothly } from './gradient-case.ts';

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Two tensors that broadcast, from ranges of their own. */
const binary = (kernel: string, f: Binary, a: readonly [number, number] = [-2, 2], b = a): GradientCase =>
  gradientCase(
    kernel,
    'of shapes that broadcast',
    (random) => {
      const [shapeA, shapeB] = random.broadcastPair();
      return {
        inputs: { a: random.reals(shapeA, ...a), b: random.reals(shapeB, ...b) },
        evaluate: (tensors) => f(tensors.a!, tensors.b!),
      };
    },
    smoothly,
  );

/** Two tensors whose entries are nowhere near equal. */
const unequal = (kernel: string, f: Binary): GradientCase =>
  gradientCase(kernel, 'of shapes that broadcast', (random) => {
    const [a, b] = random.broadcastPair();
    return {
      inputs: { a: random.apart(a), b: random.apart(b, 0.05) },
      evaluate: (tensors) => f(tensors.a!, tensors.b!),
    };
  });

const batchNorm = (random: Draws, shape: readonly number[], statistics: readonly number[]) => ({
  inputs: {
    x: random.reals(shape),
    mean: random.reals(statistics),
    variance: random.reals(statistics, 0.5, 2),
    offset: random.reals(statistics),
    scale: random.reals(statistics),
  },
});

const normalized = ({ x, mean, variance, offset, scale }: Readonly<Record<string, tf.Tensor>>) =>
  tf.batchNorm(
    x as tf.Tensor4D,
    mean as tf.Tensor1D,
    variance as tf.Tensor1D,
    offset as tf.Tensor1D,
    scale as tf.Tensor1D,
  );

export const broadcastCases: readonly GradientCase[] = [
  binary(tf.Add, tf.add),
  binary(tf.Sub, tf.sub),
  binary(tf.Multiply, tf.mul),
  binary(tf.RealDiv, tf.div, [-2, 2], [0.6, 2]),
  binary(tf.SquaredDifference, tf.squaredDifference),
  binary(tf.Atan2, tf.atan2, [0.5, 2]),
  binary(tf.Pow, tf.pow, [0.5, 2], [-2, 2]),
  // between the multiples of b
  binary(tf.Mod, tf.mod, [2.1, 2.4], [0.9, 1]),
  binary(tf.FloorDiv, (a, b) => tf.mul(a, tf.cast(tf.floorDiv(a, b), 'float32')), [2.1, 2.4], [0.9, 1]),
  unequal(tf.Maximum, tf.maximum),
  unequal(tf.Minimum, tf.minimum),
  gradientCase(tf.Pow, 'of negative numbers with whole exponents, 0 among them', (random) => ({
    inputs: { a: random.reals([2, 4], -2, 2, (value) => Math.abs(value) > 0.5) },
    fixed: { b: random.integers([4], -2, 3) },
    evaluate: ({ a, b }) => tf.pow(a!, b!),
  })),
  gradientCase(
    tf.Prelu,
    'with slopes that broadcast',
    (random) => {
      const shape = random.shape(1);
      return {
        inputs: {
          x: random.reals(shape, -2, 2, (value) => Math.abs(value) > 0.05),
          alpha: random.reals(random.broadcastFrom(shape)),
        },
        evaluate: ({ x, alpha }) => tf.prelu(x!, alpha!),
      };
    },
    smoothly,
  ),
  gradientCase(
    tf.Select,
    'with all three broadcast',
    (random) => {
      const to = random.shape(0, 5, { empty: false });
      return {
        inputs: { a: random.reals(random.broadcastFrom(to)), b: random.reals(random.broadcastFrom(to)) },
        fixed: { condition: random.booleans(random.broadcastFrom(to)) },
        evaluate: ({ condition, a, b }) => tf.where(condition!, tf.square(a!), b!),
      };
    },
    smoothly,
  ),
  gradientCase(
    tf.Tile,
    'of any rank',
    (random) => {
      const shape = random.shape(1);
      return {
        inputs: { x: random.reals(shape) },
        evaluate: ({ x }) =>
          tf.tile(
            tf.square(x!),
            shape.map((_, axis) => 1 + ((axis + shape.length) % 3)),
          ),
      };
    },
    smoothly,
  ),
  gradientCase(
    tf.Tile,
    'in broadcastTo, to more axes',
    (random) => {
      const to = random.shape(1, 5, { empty: false });
      return {
        inputs: { x: random.reals(random.broadcastFrom(to)) },
        evaluate: ({ x }) => tf.broadcastTo(tf.square(x!), to),
      };
    },
    smoothly,
  ),
  gradientCase(
    tf.FusedBatchNorm,
    'with a statistic for each channel',
    (random) => {
      const shape = random.shape(2, 4, { empty: false });
      return { ...batchNorm(random, shape, [shape.at(-1)!]), evaluate: normalized };
    },
    smoothly,
  ),
  gradientCase(
    tf.FusedBatchNorm,
    'with statistics of rank 4',
    (random) => {
      const shape = random.shape(4, 4, { empty: false });
      return { ...batchNorm(random, shape, random.coin() ? shape : [1, 1, 1, shape[3]!]), evaluate: normalized };
    },
    smoothly,
  ),
  gradientCase(tf.FusedBatchNorm, 'without an offset', (random) => {
    const { offset: _, ...inputs } = batchNorm(random, [2, 3], [3]).inputs;
    return { inputs, evaluate: normalized };
  }),
  gradientCase(
    tf.AddN,
    'of three tensors',
    (random) => {
      const shape = random.shape();
      return {
        inputs: { a: random.reals(shape), b: random.reals(shape), c: random.reals(shape) },
        evaluate: ({ a, b, c }) => tf.addN([a!, tf.square(b!), c!]),
      };
    },
    smoothly,
  ),
];
