import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { context, type Recorder } from '../layer.ts';
import { random } from '../random.ts';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { type BatchNormParams, batchNorm } from './batch-norm.ts';
import { inferring, numbers, training, wavy, weighed } from './layers.fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const params = (): BatchNormParams => ({
  scale: tf.tensor1d([2, 1]),
  bias: tf.tensor1d([1, 0]),
  mean: tf.tensor1d([1, 4]),
  variance: tf.tensor1d([4, 9]),
});
const close = (found: tf.Tensor, expected: readonly number[]) => {
  const values = numbers(found);
  expect(values).toHaveLength(expected.length);
  expected.forEach((value, at) => {
    expect(values[at]).toBeCloseTo(value, 5);
  });
};
const kept = (x: tf.Tensor, examples?: tf.Tensor, own = params()) => {
  const states = new Map<tf.Tensor, tf.Tensor>();
  const record: Recorder = { loss: () => {}, observe: () => {}, state: (held, next) => void states.set(held, next) };
  const y = batchNorm({ epsilon: 1e-12 }).apply(own, x, context('train', random(key(1)), record, examples));
  return { y, mean: states.get(own.mean)!, variance: states.get(own.variance)! };
};

test('predicting uses the running statistics, worked by hand', () => {
  // (3 − 1)/2 · 2 + 1 = 3; (10 − 4)/3 = 2
  close(batchNorm({ epsilon: 1e-12 }).apply(params(), tf.tensor2d([[3, 10]]), inferring), [3, 2]);
});

test('training uses those of the batch, and tells the running ones what they are to be', () => {
  // column 1: 0, 0, 6: μ = 2, σ² = 8; column 2: 1, 3, 5: μ = 3, σ² = 8/3
  const { y, mean, variance } = kept(
    tf.tensor2d([
      [0, 1],
      [0, 3],
      [6, 5],
    ]),
  );
  close(y, [-0.414214, -1.224745, -0.414214, 0, 3.828427, 1.224745]);
  close(mean, [0.9 * 1 + 0.1 * 2, 0.9 * 4 + 0.1 * 3]);
  close(variance, [0.9 * 4 + 0.1 * 12, 0.9 * 9 + 0.1 * 4]); // n / (n − 1) = 3/2 times
});

test('rows of padding have no part in the statistics', () => {
  const rows = [
    [0, 1],
    [0, 3],
    [6, 5],
  ];
  const whole = kept(tf.tensor2d(rows));
  const padded = kept(tf.tensor2d([...rows, [99, -99], [7, 7]]), tf.scalar(3, 'int32'));
  close(tf.slice(padded.y, [0, 0], [3, 2]), numbers(whole.y));
  close(padded.mean, numbers(whole.mean));
  close(padded.variance, numbers(whole.variance));
});

test('all places of an image count', () => {
  const x = wavy([2, 3, 3, 2]);
  const flat = kept(tf.reshape(x, [18, 2]));
  const image = kept(x);
  close(image.y, numbers(flat.y));
  close(image.variance, numbers(flat.variance));
  const padded = kept(tf.concat([x, tf.fill([1, 3, 3, 2], 50)]), tf.scalar(2, 'int32'));
  close(padded.mean, numbers(flat.mean));
});

test.each([undefined, 3])('gradients flow through the statistics of the batch: examples %s', (size) => {
  const examples = size === undefined ? undefined : tf.scalar(size, 'int32');
  const at = {
    scale: hostTensor('float32', [2], [0.5, 1.5]),
    bias: hostTensor('float32', [2], [0.1, 0.2]),
    x: hostTensor('float32', [4, 2], numbers(wavy([4, 2]))),
  };
  const { error } = finiteDifferences(({ x, ...own }) => {
    const how = context('train', random(key(1)), undefined, examples);
    const y = batchNorm().apply({ ...params(), ...own }, x, how);
    return weighed(tf.slice(y, [0, 0], [size ?? 4, 2]));
  }, at);
  expect(error).toBeLessThan(2e-3);
});

test('without anything that keeps it, running state is not told', () => {
  expect(() => batchNorm().apply(params(), wavy([3, 2]), training())).not.toThrow();
});

test.each([
  [{ momentum: 0 }, 'momentum'],
  [{ momentum: 2 }, 'momentum'],
  [{ epsilon: 0 }, 'epsilon'],
])('refuses %o', (options, name) => {
  expect(() => batchNorm(options)).toThrow(name);
});
