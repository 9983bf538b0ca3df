import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { gradients } from '../gradients.ts';
import { both } from './losses.fixture.ts';
import { softTargetCrossEntropy } from './soft-target-cross-entropy.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('is −T²·Σ p·log softmax(z / T), by hand', () => {
  // z / 2 = [ln 3, 0], whose softmax is [3/4, 1/4]
  const logits = tf.tensor2d([[2 * Math.log(3), 0]]);

  const [sum, count] = both(softTargetCrossEntropy(logits, tf.tensor2d([[0.6, 0.4]]), { temperature: 2 }));

  expect(sum).toBeCloseTo(4 * (0.6 * Math.log(4 / 3) + 0.4 * Math.log(4)), 5);
  expect(count).toBe(1);
});

test('its gradient is T·(softmax(z / T) − p), and none where the targets are the own probabilities', () => {
  const leaf = { logits: tf.tensor2d([[2 * Math.log(3), 0]]) };
  const at = (p: number) =>
    gradients(
      () => softTargetCrossEntropy(leaf.logits, tf.tensor2d([[p, 1 - p]]), { temperature: 2 }).sum,
      leaf,
    ).gradients.logits!.dataSync();

  expect(at(0.6)[0]).toBeCloseTo(2 * (0.75 - 0.6), 5);
  expect(at(0.75)[0]).toBeCloseTo(0, 5);
});

test('with one class at probability 1 it is the cross-entropy of that label', () => {
  const logits = tf.tensor2d([[1, -2, 0.5]]);

  expect(both(softTargetCrossEntropy(logits, tf.tensor2d([[0, 0, 1]])))[0]).toBeCloseTo(
    both(softmaxCrossEntropy(logits, tf.tensor1d([2], 'int32')))[0],
    5,
  );
});

test('a row without targets counts for nothing, whatever stands there', () => {
  const leaf = {
    logits: tf.tensor2d([
      [Math.log(3), 0],
      [5, 1],
    ]),
  };
  const targets = tf.tensor2d([
    [0.5, 0.5],
    [Number.NaN, 1],
  ]);
  const present = tf.tensor1d([1, 0]);

  const found = gradients(() => softTargetCrossEntropy(leaf.logits, targets, { present }).sum, leaf);

  expect(found.value.dataSync()[0]).toBeCloseTo(0.5 * Math.log(4 / 3) + 0.5 * Math.log(4), 5);
  expect(both(softTargetCrossEntropy(leaf.logits, targets, { present }))[1]).toBe(1);
  expect([...found.gradients.logits!.dataSync()].slice(2).map(Math.abs)).toEqual([0, 0]);
});

test.each([
  ['temperature', () => softTargetCrossEntropy(tf.zeros([1, 2]), tf.zeros([1, 2]), { temperature: 0 })],
  ['logits [batch, classes]', () => softTargetCrossEntropy(tf.zeros([2]), tf.zeros([2]))],
  ['predictions and targets of one shape', () => softTargetCrossEntropy(tf.zeros([1, 2]), tf.zeros([2, 2]))],
])('what does not fit is refused: %s', (message, make) => {
  expect(make).toThrow(RangeError);
  expect(make).toThrow(message);
});
