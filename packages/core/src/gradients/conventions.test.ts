import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { gradients } from '../gradients.ts';
import { corrections } from './corrections.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** f's gradient at x. */
const slopes = (f: (x: tf.Tensor) => tf.Tensor, x: number | number[] | number[][]): number[] => {
  const tree = { x: tf.tensor(x, undefined, 'float32') };
  return [...gradients(() => f(tree.x), tree).gradients.x!.dataSync()];
};

describe('where a function has a kink or the formula of its slope divides by zero, its gradient', () => {
  it('is 0 for |x| at 0', () => {
    expect(slopes(tf.abs, [-2, 0, 3])).toEqual([-1, 0, 1]);
  });

  it('goes in equal parts to equal maxima, so that its sum is that of the upstream gradient', () => {
    expect(slopes((x) => tf.max(x), [1, 3, 3, 2])).toEqual([0, 0.5, 0.5, 0]);
    expect(
      slopes(
        (x) => tf.min(x, 1),
        [
          [1, 1],
          [0, 2],
        ],
      ),
    ).toEqual([0.5, 0.5, 1, 0]);
  });

  it('goes to the first of two equal arguments of a maximum or minimum', () => {
    expect(slopes((x) => tf.maximum(x, 1), [1])).toEqual([1]);
    expect(slopes((x) => tf.maximum(1, x), [1])).toEqual([0]);
    expect(slopes((x) => tf.minimum(x, 1), [1])).toEqual([1]);
  });

  it('is 0 for x⁰ at 0, and for 0ʸ', () => {
    expect(slopes((x) => tf.pow(x, 0), [0, 2])).toEqual([0, 0]);
    expect(slopes((y) => tf.pow(0, y), [0, 2])).toEqual([0, 0]);
  });

  it('is the product of the others where one factor is 0', () => {
    expect(slopes((x) => tf.prod(x), [2, 0, 3])).toEqual([0, 6, 0]);
    expect(slopes((x) => tf.prod(x), [0, 0, 3])).toEqual([0, 0, 0]);
    expect(slopes((x) => tf.cumprod(x), [2, 0, 3])).toEqual([1, 8, 0]);
  });

  it('is not that of the branch that is not taken, even if that is infinite', () => {
    const root = (x: tf.Tensor) => tf.where(tf.greater(x, 0), tf.div(1, x), tf.mul(x, 2));
    expect(slopes((x) => tf.log(tf.where(tf.greater(x, 0), x, tf.onesLike(x))), [0, 2])).toEqual([0, 0.5]);
    expect(slopes(root, [2])).toEqual([-0.25]);
    const upstream = tf.tensor1d([Number.POSITIVE_INFINITY, 1]);
    const tree = { x: tf.tensor1d([1, 2]) };
    const found = gradients(() => tf.where(tf.tensor1d([false, true], 'bool'), tree.x, 0), tree, upstream);
    expect([...found.gradients.x!.dataSync()]).toEqual([0, 1]);
  });

  it('is 0 through numbers that became integers', () => {
    expect(slopes((x) => tf.cast(tf.cast(x, 'int32'), 'float32'), [1.5])).toEqual([0]);
  });
});

it('of a sum or mean is one number that is repeated, whatever comes after', async () => {
  const x = tf.ones([2, 3, 4]);
  const { kernelNames } = await tf.profile(() => gradients(() => tf.mean(x, [0, 1]), { x }).gradients.x!);
  expect(kernelNames.slice(-3)).toEqual(['RealDiv', 'Reshape', 'Tile']);
});

describe('the list of corrections', () => {
  it('has every kernel once, and what it corrects', () => {
    const names = corrections.map(({ kernelName }) => kernelName);
    expect(names).toEqual([...new Set(names)]);
    expect(corrections.filter(({ fault }) => fault === '')).toEqual([]);
  });

  it('is what tfjs uses', () => {
    expect(corrections.filter((correction) => tf.getGradient(correction.kernelName) !== correction)).toEqual([]);
  });
});
