import '@tensorflow/tfjs-backend-cpu';
import { hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { finiteDifferences } from './finite-differences.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const at = { a: hostTensor('float32', [2], [0.5, -0.3]), b: hostTensor('float32', [1], [2]) };

test('a right gradient differs from the finite differences by rounding only', () => {
  const { error } = finiteDifferences(({ a, b }) => tf.sum(tf.mul(tf.exp(a), b)), at);
  expect(error).toBeLessThan(1e-3);
});

test('a wrong gradient is found with its path and index', () => {
  // d(x²)/dx is 2x, not 3x: at a[0] = 0.5 that is 1 against 1.5
  const wrongSquare = tf.customGrad((x) => ({
    value: tf.square(x as tf.Tensor),
    gradFunc: (upstream: tf.Tensor) => tf.mul(upstream, tf.mul(x as tf.Tensor, 3)),
  }));
  const found = finiteDifferences(({ a }) => tf.sum(wrongSquare(a)), at);
  expect(found).toMatchObject({ path: 'a', index: 0, analytic: 1.5 });
  expect(found.numeric).toBeCloseTo(1, 3);
});

test('a gradient that is not a number is an error', () => {
  const zero = { a: hostTensor('float32', [1], [0]) };
  expect(finiteDifferences(({ a }) => tf.sum(tf.sqrt(a)), zero).error).toBeNaN();
});

test('a leaf that the function does not reach counts as gradient 0', () => {
  expect(finiteDifferences(({ b }) => tf.sum(b), at).error).toBeLessThan(1e-3);
});
