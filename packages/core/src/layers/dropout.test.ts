import '@tensorflow/tfjs-backend-cpu';
import { keepProbability } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { gradients } from '../gradients.ts';
import { within } from '../layer.ts';
import { dropout } from './dropout.ts';
import { inferring, numbers, training } from './layers.fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const layer = dropout({ rate: 0.3 });

test('outside training the input passes untouched', () => {
  const x = tf.ones([10]);
  expect(layer.apply({}, x, inferring)).toBe(x);
  expect(dropout({ rate: 0 }).apply({}, x, training())).toBe(x);
});

test('in training every element is dropped or scaled by one over the exact probability of keeping it', () => {
  const y = numbers(layer.apply({}, tf.ones([10_000]), training()));
  expect(new Set(y)).toEqual(new Set([0, Math.fround(1 / keepProbability(0.3))]));
  // the mean is 1; its deviation here is √(0.3 / 0.7 / 10 000) ≈ 0.0065
  expect(y.reduce((sum, value) => sum + value, 0) / y.length).toBeCloseTo(1, 1);
});

test('the gradient passes where the value did', () => {
  const leaf = { x: tf.ones([50]) };
  const { value, gradients: found } = gradients(() => layer.apply({}, leaf.x, training()), leaf);
  expect(numbers(found.x!)).toEqual(numbers(value));
});

test('equal keys drop the same elements, other keys and other names others', () => {
  const x = tf.ones([64]);
  const first = numbers(layer.apply({}, x, training(1)));
  expect(numbers(layer.apply({}, x, training(1)))).toEqual(first);
  expect(numbers(layer.apply({}, x, training(2)))).not.toEqual(first);
  expect(numbers(layer.apply({}, x, within(training(1), 'part')))).not.toEqual(first);
});

test.each([-0.1, 1, Number.NaN, 0.999999999])('the rate %d is refused', (rate) => {
  expect(() => dropout({ rate })).toThrow('dropout.rate: expected 0 ≤ rate < 1.');
});
