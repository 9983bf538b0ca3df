import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import { gradients } from './gradients.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('gradients come in the structure of the tree, with null where the value does not depend on a leaf', () => {
  const tree = { used: [tf.scalar(3)], idle: { bias: tf.scalar(1) } };
  const { value, gradients: found } = gradients(() => tf.square(tree.used[0]!), tree);
  expect(value.dataSync()[0]).toBe(9);
  expect(found.used[0]!.dataSync()[0]).toBe(6);
  expect(found.idle.bias).toBeNull();
  expectTypeOf(found.idle.bias).toEqualTypeOf<tf.Scalar | null>();
});

test('a leaf that is multiplied by 0 is reached: its gradient is 0 and not null', () => {
  const tree = { x: tf.scalar(3) };
  expect(gradients(() => tf.mul(tree.x, 0), tree).gradients.x!.dataSync()[0]).toBe(0);
});

test('upstream weighs the elements of the value', () => {
  const tree = { x: tf.tensor1d([1, 2, 3]) };
  const found = gradients(() => tf.square(tree.x), tree, tf.tensor1d([1, 0, -1])).gradients.x!;
  expect([...found.dataSync()]).toEqual([2, 0, -6]);
});
