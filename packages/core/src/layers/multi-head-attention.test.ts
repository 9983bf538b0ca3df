import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { gradients } from '../gradients.ts';
import { finiteDifferences, toTensors } from '../testing/finite-differences.ts';
import { inferring, numbers, recording, sequence, training, wavy, weighed } from './layers.fixture.ts';
import { multiHeadAttention } from './multi-head-attention.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const identity = () => ({ weight: tf.eye(2), bias: tf.zeros([2]) });
const identities = () => ({ query: identity(), key: identity(), value: identity(), output: identity() });
const steps = () => tf.tensor3d([1, 0, 0, 1], [1, 2, 2]); // [1, 0], then [0, 1]

const near = (found: number[], expected: number[]) => {
  expect(found.length).toBe(expected.length);
  expected.forEach((value, index) => {
    expect(found[index]).toBeCloseTo(value, 5);
  });
};

test('one head mixes the values by the softmax of the scaled products', () => {
  // first query: products [1, 0]/√2, softmax e^0.70711 / (e^0.70711 + 1) = 0.66976
  const { values } = multiHeadAttention({ heads: 1, width: 2 }).apply(identities(), sequence(steps(), [2]), inferring);
  near(numbers(values), [0.66976, 0.33024, 0.33024, 0.66976]);
});

test('each head attends with its own share of the width', () => {
  // head 1 sees [1, 0]: its first query gives σ(1) = 0.73106, its second (0) the mean 0.5; head 2 sees [0, 1]
  const { values } = multiHeadAttention({ heads: 2, width: 2 }).apply(identities(), sequence(steps(), [2]), inferring);
  near(numbers(values), [0.73106, 0.5, 0.5, 0.73106]);
});

test('padded keys have weight exactly 0, also in a sequence of length 0', () => {
  const { record, observed } = recording();
  const x = sequence(wavy([2, 3, 2]), [2, 0]);
  const { values } = multiHeadAttention({ heads: 2, width: 2 }).apply(identities(), x, training(1, record));
  const weights = observed.get('attention')!;
  expect(weights.shape).toEqual([2, 2, 3, 3]);
  const rows = tf.reshape(weights, [12, 3]).arraySync() as number[][];
  for (const row of rows.slice(0, 6)) {
    expect(row[2]).toBe(0);
    expect(row[0]! + row[1]!).toBeCloseTo(1, 6);
  }
  for (const row of rows.slice(6)) expect(row).toEqual([0, 0, 0]);
  expect(numbers(tf.slice(values, [1, 0, 0], [1, 3, 2]))).toEqual([0, 0, 0, 0, 0, 0]);
});

test('padding changes nothing in the steps before it and receives no gradient from them', () => {
  const layer = multiHeadAttention({ heads: 2, width: 4 });
  const params = toTensors(layer.init(key(3), [5, 2]).params);
  const short = wavy([1, 3, 2]);
  const leaf = { padded: tf.concat([short, tf.fill([1, 2, 2], 30)], 1) };
  const first = (x: tf.Tensor) =>
    tf.slice(layer.apply(params, sequence(x, [3]), inferring).values, [0, 0, 0], [1, 3, 4]);
  const { value, gradients: found } = gradients(() => first(leaf.padded), leaf);
  near(numbers(value), numbers(first(short)));
  expect(numbers(tf.slice(found.padded!, [0, 3, 0], [1, 2, 2]))).toEqual([0, 0, 0, 0]);
});

test('without positions the order of the steps does not matter', () => {
  const layer = multiHeadAttention({ heads: 2, width: 4 });
  const params = toTensors(layer.init(key(3), [3, 2]).params);
  const run = (x: tf.Tensor) => layer.apply(params, sequence(x, [3]), inferring).values;
  const x = wavy([1, 3, 2]);
  near(numbers(run(tf.reverse(x, 1))), numbers(tf.reverse(run(x), 1)));
});

test('dropout acts on the weights in training only, and the observed map is the one before it', () => {
  const layer = multiHeadAttention({ heads: 1, width: 2, dropout: 0.5 });
  const x = () => sequence(steps(), [2]);
  const { record, observed } = recording();
  const dropped = numbers(layer.apply(identities(), x(), training(4, record)).values);
  expect(dropped).not.toEqual(numbers(layer.apply(identities(), x(), inferring).values));
  near(numbers(observed.get('attention')!), [0.66976, 0.33024, 0.33024, 0.66976]);
});

test('gradients of the projections and the input agree with finite differences', () => {
  const layer = multiHeadAttention({ heads: 2, width: 4 });
  const at = {
    params: layer.init(key(5), [3, 2]).params,
    x: hostTensor('float32', [2, 3, 2], numbers(wavy([12]))),
  };
  // padded steps of the result are undefined: compare the first step
  const { error } = finiteDifferences(
    ({ params, x }) =>
      weighed(tf.slice(layer.apply(params, sequence(x, [3, 2]), inferring).values, [0, 0, 0], [2, 1, 4])),
    at,
  );
  expect(error).toBeLessThan(1e-3);
});

test('the output has the width that was asked for', () => {
  expect(multiHeadAttention({ heads: 2, width: 4 }).init(key(1), [7, 3]).outputShape).toEqual([7, 4]);
});

test('a width that the heads do not divide is refused', () => {
  expect(() => multiHeadAttention({ heads: 3, width: 4 })).toThrow(
    'multiHeadAttention.width: expected a multiple of heads (3). Found 4.',
  );
  expect(() => multiHeadAttention({ heads: 0, width: 4 })).toThrow('multiHeadAttention.heads');
});
