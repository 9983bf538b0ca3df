import '@tensorflow/tfjs-backend-cpu';
import { hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { absoluteError } from './absolute-error.ts';
import { binaryCrossEntropy } from './binary-cross-entropy.ts';
import { huber } from './huber.ts';
import { evaluate, type Row, type RowLoss } from './losses.fixture.ts';
import { meanLoss } from './mean-loss.ts';
import { softmaxCrossEntropy } from './softmax-cross-entropy.ts';
import { squaredError } from './squared-error.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

/** The first of the three targets, in [0, 1], tells the class. */
const classes = (targets: tf.Tensor) =>
  tf.reshape(tf.cast(tf.floor(tf.mul(tf.slice(targets, [0, 0], [targets.shape[0]!, 1]), 2.99)), 'int32'), [
    targets.shape[0]!,
  ]);

const losses: Record<string, RowLoss> = {
  softmaxCrossEntropy: (x, y, present) => softmaxCrossEntropy(x, classes(y), { present }),
  'softmaxCrossEntropy, smoothed and weighted': (x, y, present) =>
    softmaxCrossEntropy(x, classes(y), { present, labelSmoothing: 0.1, classWeights: [1, 0.5, 2] }),
  binaryCrossEntropy: (x, y, present) => binaryCrossEntropy(x, y, { present }),
  'binaryCrossEntropy, weighted': (x, y, present) => binaryCrossEntropy(x, y, { present, positiveWeight: [1, 2, 0.5] }),
  squaredError: (x, y, present) => squaredError(x, y, { present }),
  absoluteError: (x, y, present) => absoluteError(x, y, { present }),
  huber: (x, y, present) => huber(x, y, { present, delta: 0.7 }),
};

const row = (largest: number): fc.Arbitrary<Row> =>
  fc.record({
    prediction: fc.tuple(...[0, 1, 2].map(() => fc.float({ min: -largest, max: largest, noNaN: true }))),
    target: fc.tuple(...[0, 1, 2].map(() => fc.float({ min: 0, max: 1, noNaN: true }))),
    present: fc.boolean(),
  });
const rows = (largest = 4) => fc.array(row(largest), { minLength: 1, maxLength: 6 });

const close = (found: number, expected: number) =>
  expect(Math.abs(found - expected)).toBeLessThanOrEqual(1e-5 * Math.max(1, Math.abs(expected)));
const closeAll = (found: readonly number[], expected: readonly number[]) => {
  expect(found.length).toBe(expected.length);
  found.forEach((value, at) => {
    close(value, expected[at]!);
  });
};

describe.each(Object.entries(losses))('%s', (_, loss) => {
  test('sums and counts of the parts of a batch add up to those of the whole', () => {
    fc.assert(
      fc.property(rows(), rows(), (left, right) => {
        const [a, b, whole] = [evaluate(loss, left), evaluate(loss, right), evaluate(loss, [...left, ...right])];
        close(a.sum + b.sum, whole.sum);
        close(a.count + b.count, whole.count);
        closeAll([...a.gradient, ...b.gradient], whole.gradient);
      }),
      { numRuns: 30 },
    );
  });

  test('the order of the examples does not matter', () => {
    fc.assert(
      fc.property(rows(), (batch) => {
        const [there, back] = [evaluate(loss, batch), evaluate(loss, batch.toReversed())];
        close(back.sum, there.sum);
        close(back.count, there.count);
      }),
      { numRuns: 30 },
    );
  });

  test('an absent example counts as if it were not there, whatever stands in its target', () => {
    fc.assert(
      fc.property(rows(), rows(), (batch, others) => {
        const absent = others.map((other) => ({ ...other, target: [Number.NaN, 0, Number.NaN], present: false }));
        const [alone, together] = [evaluate(loss, batch), evaluate(loss, [...batch, ...absent])];
        close(together.sum, alone.sum);
        close(together.count, alone.count);
        expect(together.gradient.slice(3 * batch.length).every((value) => value === 0)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('without any label sum, count and all gradients are exactly 0', () => {
    const nothing = [{ prediction: [1e4, -3, 0], target: [Number.NaN, Number.NaN, Number.NaN], present: false }];
    const { sum, count, gradient } = evaluate(loss, nothing);
    expect([sum, count]).toEqual([0, 0]);
    expect(gradient.every((value) => value === 0)).toBe(true);
  });

  test('an empty batch has sum 0 and count 0', () => {
    expect(evaluate(loss, [])).toEqual({ sum: 0, count: 0, gradient: [] });
  });

  test('extreme predictions have a finite value and a finite gradient', () => {
    fc.assert(
      fc.property(rows(1e4), fc.boolean(), (batch, flip) => {
        const extreme = { prediction: flip ? [1e4, -1e4, 0] : [-1e4, 1e4, 1e4], target: [0, 1, 0.5], present: true };
        const { sum, gradient } = evaluate(loss, [...batch, extreme]);
        expect(Number.isFinite(sum)).toBe(true);
        expect(gradient.every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  test('the gradient of the mean loss agrees with finite differences', () => {
    const at = { x: hostTensor('float32', [3, 3], [0.9, -1.3, 0.4, 0.2, 1.7, -0.6, -2.1, 0.35, 1.2]) };
    const f = ({ x }: { x: tf.Tensor }) => {
      const y = tf.tensor2d([0.1, 0.9, 0.6, 0.8, 0.3, 0.5, 0.45, 0, 1], [3, 3]);
      return meanLoss(loss(x, y, tf.tensor1d([true, true, false], 'bool')));
    };
    expect(finiteDifferences(f, at).error).toBeLessThan(1e-3);
  });
});

describe('meanLoss', () => {
  const mean = (sum: number, count: number) =>
    meanLoss({ sum: tf.scalar(sum), count: tf.scalar(count) }).dataSync()[0]!;

  test('is the sum over the count, also when the count is a small sum of weights', () => {
    expect(mean(6, 4)).toBe(1.5);
    expect(mean(6e-12, 4e-12)).toBeCloseTo(1.5, 5);
  });

  test('is 0 when nothing is there', () => {
    expect(mean(0, 0)).toBe(0);
  });
});
