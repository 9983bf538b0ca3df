import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { both } from './losses.fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

// σ(ln 3) = 3/4
const z = Math.log(3);
const [positive, negative] = [Math.log(4 / 3), Math.log(4)];

test('is the negative logarithm of the probability of what is the case', () => {
  const [sum, count] = both(binaryCrossEntropy(tf.tensor1d([z, z, z]), tf.tensor1d([1, 0, 0.5])));
  expect(sum).toBeCloseTo(positive + negative + (positive + negative) / 2, 5);
  expect(count).toBe(3);
});

test('an example with several labels counts once, with their mean', () => {
  const [sum, count] = both(binaryCrossEntropy(tf.tensor2d([[z, z]]), tf.tensor2d([[1, 0]])));
  expect(sum).toBeCloseTo((positive + negative) / 2, 5);
  expect(count).toBe(1);
});

test('the weight multiplies the positive term alone, for all labels or for each', () => {
  const [logits, targets] = [tf.tensor2d([[z, z]]), tf.tensor2d([[1, 1]])];
  const sum = (positiveWeight: number | number[]) => both(binaryCrossEntropy(logits, targets, { positiveWeight }))[0];
  expect(sum(3)).toBeCloseTo(3 * positive, 5);
  expect(sum([3, 1])).toBeCloseTo(2 * positive, 5);
  const [none] = both(binaryCrossEntropy(tf.tensor1d([z]), tf.tensor1d([0]), { positiveWeight: 3 }));
  expect(none).toBeCloseTo(negative, 5);
});

test('present can tell for each label: a missing one is missing in sum and count', () => {
  const present = tf.tensor2d([[true, false]], [1, 2], 'bool');
  const targets = tf.tensor2d([[1, Number.NaN]]);
  const [sum, count] = both(binaryCrossEntropy(tf.tensor2d([[z, z]]), targets, { present }));
  expect(sum).toBeCloseTo(positive / 2, 5);
  expect(count).toBe(0.5);
});

test('weights and shapes that do not fit are refused', () => {
  const one = tf.zeros([1, 2]);
  expect(() => binaryCrossEntropy(one, one, { positiveWeight: [1, 2, 3] })).toThrow('positiveWeight: expected');
  expect(() => binaryCrossEntropy(one, one, { positiveWeight: -1 })).toThrow(RangeError);
  expect(() => binaryCrossEntropy(tf.zeros([2]), tf.zeros([2, 1]))).toThrow(
    'binaryCrossEntropy: expected predictions and targets of one shape, [batch] or [batch, …]. Found [2] and [2,1].',
  );
});
