import '@tensorflow/tfjs-backend-cpu';
import { type HostTensor, hostTensor, key, normal, sizeOf } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import { gradients } from './gradients.ts';
import { finiteDifferences } from './testing/finite-differences.ts';

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

test('what f returns beside its value stays, and nothing else of the forward pass', () => {
  const tree = { x: tf.tensor1d([1, 2]) };
  const before = tf.memory().numTensors;
  const {
    value,
    also,
    gradients: found,
  } = gradients(() => {
    const hidden = tf.mul(tree.x, 3);
    return { value: tf.sum(tf.square(hidden)), also: { hidden, input: tree.x } };
  }, tree);
  expect([...also.hidden.dataSync()]).toEqual([3, 6]);
  expect([...also.input.dataSync()]).toEqual([1, 2]);
  expect([...found.x!.dataSync()]).toEqual([18, 36]);
  expect(value.dataSync()[0]).toBe(45);
  expect(tf.memory().numTensors - before).toBe(4);
  expectTypeOf(also.hidden).toEqualTypeOf<tf.Tensor>();
  expect([...tree.x.dataSync()]).toEqual([1, 2]);
});

test('what f returns beside its value ends with the scope around it', () => {
  const tree = { x: tf.scalar(2) };
  const before = tf.memory().numTensors;
  tf.tidy(() => {
    gradients(() => ({ value: tf.square(tree.x), also: [tf.mul(tree.x, 2)] }), tree);
  });
  expect(tf.memory().numTensors).toBe(before);
});

test('a tree without leaves has a value and no gradients', () => {
  const { value, gradients: found } = gradients(() => tf.scalar(5), {});
  expect(value.dataSync()[0]).toBe(5);
  expect(found).toEqual({});
});

/** [rows, columns] normal numbers. */
const drawn = (seed: number, ...shape: number[]): HostTensor =>
  hostTensor(
    'float32',
    shape,
    normal(key(seed), sizeOf(shape)).map((value) => value / 2),
  );

test('gradients of gradients see what flows through saved outputs: eˣ and its second and third derivative', () => {
  const tree = { x: tf.scalar(0.5) };
  const slope = (f: () => tf.Tensor) => () => gradients(f, tree).gradients.x!;
  const first = slope(() => tf.exp(tree.x));
  for (const derivative of [first, slope(first), slope(slope(first))]) {
    expect(derivative().dataSync()[0]).toBeCloseTo(Math.exp(0.5), 5);
  }
});

test('a Hessian-vector product of a network with two layers and a cross-entropy is the derivative of the gradient', () => {
  const point = { w1: drawn(1, 3, 4), b1: drawn(2, 4), w2: drawn(3, 4, 3) };
  const direction = [drawn(4, 3, 4), drawn(5, 4), drawn(6, 4, 3)];
  const inputs = drawn(7, 5, 3);
  const { error } = finiteDifferences((tree) => {
    const labels = tf.oneHot(tf.tensor1d([0, 1, 2, 1, 0], 'int32'), 3);
    const x = tf.tensor(inputs.data as Float32Array, [5, 3]);
    const loss = () => {
      const hidden = tf.tanh(tf.add(tf.matMul(x, tree.w1), tree.b1));
      return tf.neg(tf.sum(tf.mul(labels, tf.logSoftmax(tf.matMul(hidden, tree.w2)))));
    };
    const found = gradients(loss, [tree.w1, tree.b1, tree.w2]).gradients as tf.Tensor[];
    const products = found.map((gradient, index) => {
      const { data, shape } = direction[index]!;
      return tf.sum(tf.mul(gradient, tf.tensor(data as Float32Array, [...shape])));
    });
    return tf.addN(products);
  }, point);
  expect(error).toBeLessThan(2e-3);
});

test('a gradient penalty is differentiated', () => {
  const point = { w: drawn(8, 3, 1), x: drawn(9, 4, 3) };
  const { error } = finiteDifferences(({ w, x }) => {
    const { gradients: found } = gradients(() => tf.sum(tf.sigmoid(tf.matMul(x, w))), { x });
    const norms = tf.sqrt(tf.sum(tf.square(found.x!), 1));
    return tf.mean(tf.square(tf.sub(norms, 1)));
  }, point);
  expect(error).toBeLessThan(2e-3);
});
