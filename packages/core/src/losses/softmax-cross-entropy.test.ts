import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { both } from './losses.fixture.ts';
import { type SoftmaxCrossEntropyOptions, softmaxCrossEntropy } from './softmax-cross-entropy.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

// softmax of [ln 3, 0] is [3/4, 1/4]: the losses of its classes are
const first = Math.log(4 / 3);
const second = Math.log(4);

const loss = (labels: number[], options?: SoftmaxCrossEntropyOptions) =>
  both(
    softmaxCrossEntropy(
      tf.tensor2d(
        labels.map(() => [Math.log(3), 0]),
        [labels.length, 2],
      ),
      tf.tensor1d(labels, 'int32'),
      options,
    ),
  );

test('is the negative logarithm of the probability of the label', () => {
  const [sum, count] = loss([0, 1]);
  expect(sum).toBeCloseTo(first + second, 5);
  expect(count).toBe(2);
});

test('label −1 and present = 0 both mean that there is no label', () => {
  expect(loss([0, -1])[0]).toBeCloseTo(first, 5);
  expect(loss([0, -1])[1]).toBe(1);
  for (const present of [tf.tensor1d([false, true, true], 'bool'), tf.tensor1d([0, 1, 1])]) {
    const [sum, count] = loss([0, 1, -1], { present });
    expect(sum).toBeCloseTo(second, 5);
    expect(count).toBe(1);
  }
});

test('class weights enter the sum and the count', () => {
  // 1·first + 3·second over 1 + 3
  const [sum, count] = loss([0, 1], { classWeights: [1, 3] });
  expect(sum).toBeCloseTo(first + 3 * second, 5);
  expect(count).toBe(4);
});

test('smoothing gives ε / C to every class', () => {
  // ε = 0.2, C = 2: 0.9 to the label, 0.1 to the other
  expect(loss([0], { labelSmoothing: 0.2 })[0]).toBeCloseTo(0.9 * first + 0.1 * second, 5);
});

test('with smoothing each class has its own weight in the sum and the label its weight in the count', () => {
  const [sum, count] = loss([0], { labelSmoothing: 0.2, classWeights: [2, 3] });
  expect(sum).toBeCloseTo(0.9 * 2 * first + 0.1 * 3 * second, 5);
  expect(count).toBe(2);
});

test('a shift of the logits changes nothing', () => {
  const at = (shift: number) =>
    both(softmaxCrossEntropy(tf.tensor2d([[shift + 2, shift]]), tf.tensor1d([1], 'int32')))[0];
  expect(at(1000)).toBeCloseTo(at(0), 4);
});

test('options and shapes that do not fit are refused', () => {
  expect(() => loss([0], { classWeights: [1] })).toThrow('classWeights: expected 2 numbers that are not negative.');
  expect(() => loss([0], { classWeights: [1, -1] })).toThrow(RangeError);
  expect(() => loss([0], { labelSmoothing: 1 })).toThrow('labelSmoothing: expected 0 ≤ ε < 1. Found 1.');
  expect(() => loss([0], { present: tf.ones([2]) })).toThrow('present: expected shape [1]. Found [2].');
  expect(() => softmaxCrossEntropy(tf.zeros([2, 3]), tf.tensor1d([0], 'int32'))).toThrow(
    'expected logits [batch, classes] and labels [batch]. Found [2,3] and [1].',
  );
});
