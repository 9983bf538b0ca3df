import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { type ActivationName, activation, activations } from './activation.ts';
import { inferring, numbers, weighed } from './layers.fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each(Object.keys(activations) as ActivationName[])('%s', (name) => {
  const layer = activation(name);

  test('keeps the shape', () => {
    expect(layer.init(key(1), [2, 3]).outputShape).toEqual([2, 3]);
    expect(layer.apply({}, tf.zeros([4, 2, 3]), inferring).shape).toEqual([4, 2, 3]);
  });

  test('has the gradient of its values', () => {
    const x = hostTensor('float32', [6], [-2.1, -0.7, -0.1, 0.2, 0.9, 2.3]);
    expect(finiteDifferences(({ x }) => weighed(layer.apply({}, x, inferring)), { x }).error).toBeLessThan(1e-3);
  });
});

test('gelu is x·Φ(x), with the error function', () => {
  // Φ(1) = 0.8413447, Φ(−2) = 0.0227501; the tanh approximation gives 0.841192 and −0.045402
  const [one, minusTwo] = numbers(activation('gelu').apply({}, tf.tensor1d([1, -2]), inferring));
  expect(one).toBeCloseTo(0.841345, 5);
  expect(minusTwo).toBeCloseTo(-0.0455, 5);
});

test('silu is x·σ(x)', () => {
  // σ(ln 3) = 3/4
  expect(numbers(activation('silu').apply({}, tf.tensor1d([Math.log(3)]), inferring))[0]).toBeCloseTo(
    0.75 * Math.log(3),
    5,
  );
});

test('an unknown name is refused with the nearest one', () => {
  expect(() => activation('geru' as ActivationName)).toThrow(/"geru".*Did you mean "(gelu|relu)"/);
  expect(() => activation('toString' as ActivationName)).toThrow(RangeError);
});
