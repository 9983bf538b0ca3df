import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { layerNorm } from './layer-norm.ts';
import { inferring, numbers, wavy, weighed } from './layers.fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('the last axis is normalised, scaled and shifted', () => {
  // [0, 0, 6]: μ = 2, σ² = 8 with ε, (x − μ)/√σ² = [−0.70711, −0.70711, 1.41421], then ·2 + 1
  const layer = layerNorm({ epsilon: 1e-12 });
  const params = { scale: tf.fill([3], 2), bias: tf.ones([3]) };
  const y = numbers(layer.apply(params, tf.tensor3d([0, 0, 6], [1, 1, 3]), inferring));
  [-0.414214, -0.414214, 3.828427].forEach((value, index) => {
    expect(y[index]).toBeCloseTo(value, 5);
  });
});

test('ε keeps a constant row at the bias', () => {
  const { params } = layerNorm().init(key(1), [3]);
  expect([[...params.scale.data], [...params.bias.data]]).toEqual([
    [1, 1, 1],
    [0, 0, 0],
  ]);
  const y = layerNorm().apply({ scale: tf.ones([3]), bias: tf.zeros([3]) }, tf.fill([1, 3], 7), inferring);
  expect(numbers(y)).toEqual([0, 0, 0]);
});

test('ε is added to the variance', () => {
  // [−1, 1]: σ² = 1, ε = 3: ±1/√4
  const y = layerNorm({ epsilon: 3 }).apply(
    { scale: tf.ones([2]), bias: tf.zeros([2]) },
    tf.tensor2d([[-1, 1]]),
    inferring,
  );
  expect(numbers(y)).toEqual([-0.5, 0.5]);
});

test('gradients of scale, bias and input agree with finite differences', () => {
  const at = {
    scale: hostTensor('float32', [3], [0.5, 1.5, -1]),
    bias: hostTensor('float32', [3], [0.1, 0.2, 0.3]),
    x: hostTensor('float32', [2, 2, 3], numbers(wavy([12]))),
  };
  const { error } = finiteDifferences(({ x, ...params }) => weighed(layerNorm().apply(params, x, inferring)), at);
  expect(error).toBeLessThan(2e-3);
});

test('a wrong ε and an input without features are refused', () => {
  expect(() => layerNorm({ epsilon: 0 })).toThrow('layerNorm.epsilon: expected a positive number. Found 0.');
  expect(() => layerNorm().init(key(1), [])).toThrow(RangeError);
});
