import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../gradients.ts';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { inferring, numbers, sequence, wavy, weighed } from './layers.fixture.ts';
import { lengthMask } from './length-mask.ts';
import { type PoolingMode, pooling } from './pooling.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const modes: PoolingMode[] = ['mean', 'max', 'first'];

test('a length mask is 1 before the length and 0 from it', () => {
  const mask = lengthMask(tf.tensor1d([0, 2, 3, 9], 'int32'), 3);
  expect(mask.dtype).toBe('float32');
  expect(mask.arraySync()).toEqual([
    [0, 0, 0],
    [1, 1, 0],
    [1, 1, 1],
    [1, 1, 1],
  ]);
});

test('mean, maximum and first step by hand', () => {
  // steps [−1, 5], [−3, 1]; the third is padding
  const x = sequence(tf.tensor3d([-1, 5, -3, 1, 7, 7], [1, 3, 2]), [2]);
  const pooled = (mode: PoolingMode) => numbers(pooling({ mode }).apply({}, x, inferring));
  expect(pooled('mean')).toEqual([-2, 3]);
  expect(pooled('max')).toEqual([-1, 5]);
  expect(pooled('first')).toEqual([-1, 5]);
});

describe.each(modes)('%s', (mode) => {
  const layer = pooling({ mode });

  test('a sequence of length 0 gives zeros and takes no gradient', () => {
    const leaf = { values: wavy([1, 2, 3]) };
    const { value, gradients: found } = gradients(() => layer.apply({}, sequence(leaf.values, [0]), inferring), leaf);
    expect(numbers(value).map(Math.abs)).toEqual([0, 0, 0]);
    expect(numbers(found.values!).every((entry) => entry === 0)).toBe(true);
  });

  test('padding a sequence with anything changes neither value nor gradient', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: -50, max: 50 }), (length, garbage) => {
        const short = wavy([1, length, 2]);
        const leaf = { short, padded: tf.concat([short, tf.fill([1, 3, 2], garbage)], 1) };
        const run = (x: tf.Tensor) =>
          gradients(() => weighed(layer.apply({}, sequence(x, [length]), inferring)), { x });
        const [whole, padded] = [run(leaf.short), run(leaf.padded)];
        expect(numbers(padded.value)[0]).toBeCloseTo(numbers(whole.value)[0]!, 6);
        const expected = [...numbers(whole.gradients.x!), 0, 0, 0, 0, 0, 0];
        numbers(padded.gradients.x!).forEach((entry, at) => {
          expect(entry).toBeCloseTo(expected[at]!, 6);
        });
      }),
      { numRuns: 25 },
    );
  });

  test('the gradient agrees with finite differences', () => {
    const at = { x: hostTensor('float32', [2, 3, 2], numbers(wavy([12]))) };
    const f = ({ x }: { x: tf.Tensor }) => weighed(layer.apply({}, sequence(x, [3, 2]), inferring));
    expect(finiteDifferences(f, at).error).toBeLessThan(1e-3);
  });

  test('drops the axis of time', () => {
    expect(layer.init(key(1), [7, 4]).outputShape).toEqual([4]);
  });
});

test('steps that share the maximum share its gradient', () => {
  const leaf = { values: tf.tensor3d([2, 2, 1], [1, 3, 1]) };
  const found = gradients(() => pooling({ mode: 'max' }).apply({}, sequence(leaf.values, [3]), inferring), leaf);
  expect(numbers(found.gradients.values!)).toEqual([0.5, 0.5, 0]);
});

test('an unknown mode is refused', () => {
  expect(() => pooling({ mode: 'last' as PoolingMode })).toThrow('pooling.mode: expected "mean", "max" or "first".');
});
