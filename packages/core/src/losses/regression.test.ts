import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { gradients } from '../gradients.ts';
import { absoluteError } from './absolute-error.ts';
import { huber } from './huber.ts';
import { both } from './losses.fixture.ts';
import { squaredError } from './squared-error.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('squared error by hand, one number or several in an example', () => {
  // 2² + (−3)²; the mean of 2² and 4²
  expect(both(squaredError(tf.tensor1d([3, -1]), tf.tensor1d([1, 2])))).toEqual([13, 2]);
  expect(both(squaredError(tf.tensor2d([[3, 5]]), tf.tensor2d([[1, 1]])))).toEqual([10, 1]);
});

test('absolute error by hand', () => {
  expect(both(absoluteError(tf.tensor1d([3, -1]), tf.tensor1d([1, 2])))).toEqual([5, 2]);
});

test('Huber’s loss is squared up to δ and linear beyond', () => {
  // δ = 2: ½·1², ½·2², 2·(3 − 1), 2·(3 − 1)
  const predictions = tf.tensor1d([1, 2, 3, -3]);
  expect(both(huber(predictions, tf.zeros([4]), { delta: 2 }))).toEqual([0.5 + 2 + 4 + 4, 4]);
  expect(both(huber(tf.tensor1d([3]), tf.zeros([1])))).toEqual([2.5, 1]);
});

test('the gradient of Huber’s loss is the residual cut at ±δ', () => {
  const leaf = { x: tf.tensor1d([0, 0.5, -2, 2, 5, -5]) };
  const found = gradients(() => huber(leaf.x, tf.zeros([6]), { delta: 2 }).sum, leaf).gradients.x!;
  expect([...found.dataSync()].map((value) => value + 0)).toEqual([0, 0.5, -2, 2, 2, -2]);
});

test('at its target the absolute error pulls nowhere', () => {
  const leaf = { x: tf.tensor1d([1, 2]) };
  const found = gradients(() => absoluteError(leaf.x, tf.tensor1d([1, 0])).sum, leaf).gradients.x!;
  expect([...found.dataSync()].map((value) => value + 0)).toEqual([0, 1]);
});

test('absent labels may hold anything, infinity and NaN included', () => {
  const leaf = { x: tf.tensor1d([1, 2, 3]) };
  const targets = tf.tensor1d([Number.NaN, Number.POSITIVE_INFINITY, 1]);
  const present = tf.tensor1d([0, 0, 1]);
  for (const loss of [squaredError, absoluteError, huber]) {
    const { value, gradients: found } = gradients(() => loss(leaf.x, targets, { present }).sum, leaf);
    expect(Number.isFinite(value.dataSync()[0]!)).toBe(true);
    expect([...found.x!.dataSync()].slice(0, 2).every((entry) => entry === 0)).toBe(true);
  }
});

test('a label that is present and not a number makes the loss one that is not: it is not swallowed', () => {
  expect(both(squaredError(tf.tensor1d([1]), tf.tensor1d([Number.NaN])))[0]).toBeNaN();
});

test('shapes that would broadcast and a δ that is not positive are refused', () => {
  expect(() => squaredError(tf.zeros([2]), tf.zeros([2, 1]))).toThrow('squaredError: expected predictions and targets');
  expect(() => absoluteError(tf.zeros([2, 1]), tf.zeros([2, 3]))).toThrow(RangeError);
  expect(() => huber(tf.zeros([2]), tf.zeros([2]), { delta: 0 })).toThrow('huber.delta: expected a positive number.');
  expect(() => squaredError(tf.zeros([2, 3]), tf.zeros([2, 3]), { present: tf.ones([3]) })).toThrow(
    'present: expected',
  );
});
