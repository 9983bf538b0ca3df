import '@tensorflow/tfjs-backend-cpu';
import { hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../gradients.ts';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { ctc, ctcFeasible } from './ctc.ts';
import { meanLoss } from './mean-loss.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const frames = [
  [0.1, 0.6, 0.1, 0.1],
  [0.2, 0.1, 0.7, -0.3],
  [1, 0, 0, 0.5],
  [-0.5, 0.3, 0.2, 0.9],
  [0, 0, 2, 0],
];

/** The same five frames for each list of labels, with padding behind frames and labels. */
function batchOf(all: readonly (readonly number[])[], { padding = 0, garbage = 0 } = {}) {
  const most = Math.max(0, ...all.map(({ length }) => length)) + padding;
  const rows = [...frames, ...Array.from({ length: padding }, () => [9, -9, garbage, 7])];
  return {
    logits: tf.tensor3d(all.map(() => rows)),
    labels: tf.tensor(
      all.flatMap((labels) => Array.from({ length: most }, (_, index) => labels[index] ?? garbage)),
      [all.length, most],
      'int32',
    ),
    lengths: {
      logitLengths: tf.tensor1d(
        all.map(() => frames.length),
        'int32',
      ),
      labelLengths: tf.tensor1d(
        all.map(({ length }) => length),
        'int32',
      ),
    },
  };
}

const vectors: [number[], number][] = [
  [[], 8.383432719],
  [[1], 5.591781173],
  [[1, 2], 3.023037321],
  [[2, 2], 3.574366001],
  [[1, 2, 3], 4.025095461],
  [[1, 1, 1], 8.883432719],
  [[3, 2, 1, 2, 3], 8.183432719],
];
const infeasible = [
  [1, 1, 1, 1],
  [3, 3, 1, 2, 3],
];
const gradientOf12 = [
  [-0.127505082, -0.302720755, 0.215112919, 0.215112919],
  [-0.146424682, -0.298835869, 0.299463043, 0.145797508],
  [-0.124712548, -0.08208019, -0.052155034, 0.258947773],
  [-0.100723582, 0.065614177, -0.401191931, 0.436301335],
  [-0.001860289, 0.096255135, -0.190649982, 0.096255135],
];

const numbers = (tensor: tf.Tensor): number[] => [...tensor.dataSync()];

describe('ctc', () => {
  test.each([
    { padding: 0, garbage: 0 },
    { padding: 2, garbage: 3 },
    { padding: 1, garbage: -1 },
  ])('has the known losses, whatever stands in the padding: $padding entries of $garbage', (options) => {
    const { logits, labels, lengths } = batchOf(
      vectors.map(([given]) => given),
      options,
    );
    const { losses, sum, count, feasible } = ctc(logits, labels, lengths);
    for (const [row, loss] of numbers(losses).entries()) expect(loss).toBeCloseTo(vectors[row]![1], 5);
    expect(sum.dataSync()[0]).toBeCloseTo(
      vectors.reduce((total, [, loss]) => total + loss, 0),
      4,
    );
    expect(count.dataSync()[0]).toBe(vectors.reduce((total, [given]) => total + given.length, 0));
    expect(numbers(feasible)).toEqual(vectors.map(() => 1));
  });

  test('gives each labelling of one row alone the loss that it has in a batch', () => {
    for (const [given, loss] of vectors) {
      const { logits, labels, lengths } = batchOf([given]);
      expect(ctc(logits, labels, lengths).losses.dataSync()[0]).toBeCloseTo(loss, 5);
    }
  });

  test('is a probability: over all outputs it sums to 1', () => {
    const all: number[][] = [[]];
    for (const labels of all) if (labels.length < 5) for (const next of [1, 2, 3]) all.push([...labels, next]);
    const { logits, labels, lengths } = batchOf(all);
    const { losses, feasible } = ctc(logits, labels, lengths);
    const isFeasible = numbers(feasible);
    expect(isFeasible.map(Boolean)).toEqual(all.map((given) => ctcFeasible(given, 5)));
    const total = numbers(losses).reduce((sum, loss, row) => sum + (isFeasible[row] ? Math.exp(-loss) : 0), 0);
    expect(total).toBeCloseTo(1, 5);
  });

  test('has the known gradient, softmax − posterior, 0 in the padding', () => {
    const { logits, labels, lengths } = batchOf([[1, 2]], { padding: 2, garbage: 1 });
    const found = gradients(() => ctc(logits, labels, lengths).sum, { logits }).gradients.logits as tf.Tensor;
    const wanted = [...gradientOf12.flat(), ...Array(8).fill(0)];
    for (const [index, value] of numbers(found).entries()) expect(value).toBeCloseTo(wanted[index]!, 5);
  });

  test('has the gradient of finite differences for rows of all kinds, and a weighted mean', () => {
    const all = [[1, 2], [2, 2], [1, 1, 1], []];
    const { logits, labels, lengths } = batchOf(all, { padding: 1 });
    const at = { logits: hostTensor('float32', logits.shape, Array.from(logits.dataSync())) };
    const own = { ...lengths, logitLengths: tf.tensor1d([5, 4, 6, 3], 'int32') };
    const { error } = finiteDifferences((tree) => meanLoss(ctc(tree.logits, labels, own)), at);
    expect(error).toBeLessThan(1e-3);
  });

  test('masks and reports rows without a path: nothing is infinite', () => {
    const { logits, labels, lengths } = batchOf([...infeasible, [1, 2], [1, 4]]);
    const run = () => ctc(logits, labels, lengths);
    const { losses, sum, count, feasible } = run();
    expect(numbers(feasible)).toEqual([0, 0, 1, 0]);
    expect(numbers(losses)[0]).toBe(0);
    expect(sum.dataSync()[0]).toBeCloseTo(3.023037321, 5);
    expect(count.dataSync()[0]).toBe(2);
    const found = numbers(gradients(() => run().sum, { logits }).gradients.logits as tf.Tensor);
    expect(found.slice(0, 40).every((value) => value === 0)).toBe(true);
    expect(found.slice(60).every((value) => value === 0)).toBe(true);
    expect(found[40]).toBeCloseTo(gradientOf12[0]![0]!, 5);
  });

  test('leaves out rows without a transcription', () => {
    const { logits, labels, lengths } = batchOf([[1, 2], [1]]);
    const { sum, count } = ctc(logits, labels, lengths, { present: tf.tensor1d([0, 1]) });
    expect(sum.dataSync()[0]).toBeCloseTo(5.591781173, 5);
    expect(count.dataSync()[0]).toBe(1);
  });

  test('keeps confident and long rows finite', () => {
    const time = 300;
    const logits = tf.mul(tf.oneHot(tf.zeros([1, time], 'int32'), 30), 200);
    const labels = tf.tensor2d([Array.from({ length: 60 }, (_, index) => 1 + (index % 29))], undefined, 'int32');
    const lengths = { logitLengths: tf.tensor1d([time], 'int32'), labelLengths: tf.tensor1d([60], 'int32') };
    const found = gradients(() => ctc(logits, labels, lengths).sum, { logits });
    // 60 labels of log p −200 among 300 blanks, in as many places as there are: ≈ 60·200 − log C(300 …)
    expect(found.value.dataSync()[0]).toBeGreaterThan(11_000);
    expect(found.value.dataSync()[0]).toBeLessThan(12_000);
    expect(numbers(found.gradients.logits as tf.Tensor).every(Number.isFinite)).toBe(true);
  });

  test('refuses shapes that do not fit', () => {
    const { logits, labels, lengths } = batchOf([[1, 2]]);
    expect(() => ctc(logits, tf.zeros([2, 2], 'int32'), lengths)).toThrow(
      'ctc: expected logits [batch, time, classes ≥ 2]',
    );
    expect(() => ctc(logits, labels, { ...lengths, labelLengths: tf.zeros([2], 'int32') })).toThrow(RangeError);
  });
});

test('a labelling is feasible from as many frames as labels and equal neighbours', () => {
  expect(ctcFeasible([1, 2], 2)).toBe(true);
  expect(ctcFeasible([2, 2], 2)).toBe(false);
  expect(ctcFeasible([2, 2], 3)).toBe(true);
  expect(ctcFeasible([], 0)).toBe(true);
});
