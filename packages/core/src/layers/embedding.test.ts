import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { gradients } from '../gradients.ts';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { embedding } from './embedding.ts';
import { embeddingBag } from './embedding-bag.ts';
import { inferring, numbers, weighed } from './layers.fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const table = () =>
  tf.tensor2d([
    [1, 2],
    [10, 20],
    [100, 200],
  ]);

const bag = (rows: number[][], lengths: number[]) => ({
  ids: tf.tensor2d(rows, [rows.length, rows[0]!.length], 'int32'),
  lengths: tf.tensor1d(lengths, 'int32'),
});

describe('embedding', () => {
  const layer = embedding({ count: 3, width: 2 });

  test('takes the row of each id', () => {
    const ids = tf.tensor2d([[2, 0, 2]], [1, 3], 'int32');
    const y = layer.apply({ table: table() }, ids, inferring);
    expect(y.shape).toEqual([1, 3, 2]);
    expect(numbers(y)).toEqual([100, 200, 1, 2, 100, 200]);
  });

  test('a row that occurs twice collects both gradients and one that does not occur none', () => {
    const leaf = { table: table() };
    const ids = tf.tensor2d([[2, 0, 2]], [1, 3], 'int32');
    const found = gradients(() => tf.sum(layer.apply(leaf, ids, inferring)), leaf).gradients.table!;
    expect(numbers(found)).toEqual([1, 1, 0, 0, 2, 2]);
  });

  test('init makes a table [count, width] and adds an axis to the shape', () => {
    const { params, outputShape } = layer.init(key(1), [5]);
    expect(params.table.shape).toEqual([3, 2]);
    expect(outputShape).toEqual([5, 2]);
  });

  test('wrong sizes are refused', () => {
    expect(() => embedding({ count: 0, width: 2 })).toThrow('embedding.count');
    expect(() => embedding({ count: 3, width: -1 })).toThrow('embedding.width');
  });
});

describe('embeddingBag', () => {
  const mean = embeddingBag({ count: 3, width: 2 });
  const sum = embeddingBag({ count: 3, width: 2, combine: 'sum' });

  test('sums or averages the rows within the length', () => {
    // rows 1 and 2; the third id is padding
    const input = bag([[1, 2, 0]], [2]);
    expect(numbers(sum.apply({ table: table() }, input, inferring))).toEqual([110, 220]);
    expect(numbers(mean.apply({ table: table() }, input, inferring))).toEqual([55, 110]);
  });

  test('an empty bag gives zeros and no gradient', () => {
    const leaf = { table: table() };
    const input = bag([[1, 2, 0]], [0]);
    for (const layer of [mean, sum]) {
      const { value, gradients: found } = gradients(() => layer.apply(leaf, input, inferring), leaf);
      expect(numbers(value)).toEqual([0, 0]);
      expect(numbers(found.table!)).toEqual([0, 0, 0, 0, 0, 0]);
    }
  });

  test('whatever id pads a bag, values and gradients are the same', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
        fc.array(fc.nat(2), { minLength: 4, maxLength: 4 }),
        fc.nat(4),
        (ids, padding, length) => {
          const leaf = { table: table() };
          const padded = ids.map((id, at) => (at < length ? id : padding[at]!));
          const run = (row: number[]) =>
            gradients(() => weighed(mean.apply(leaf, bag([row], [length]), inferring)), leaf);
          expect(numbers(run(padded).value)).toEqual(numbers(run(ids).value));
          expect(numbers(run(padded).gradients.table!)).toEqual(numbers(run(ids).gradients.table!));
        },
      ),
    );
  });

  test.each([mean, sum])('the gradient agrees with finite differences', (layer) => {
    const at = { table: hostTensor('float32', [3, 2], [0.1, -0.2, 0.3, 0.5, -0.7, 0.9]) };
    const input = () => bag([[1, 2, 1, 0], [0, 1, 1, 1]], [3, 1]); // biome-ignore format: one line
    expect(finiteDifferences((params) => weighed(layer.apply(params, input(), inferring)), at).error).toBeLessThan(
      1e-3,
    );
  });

  test('an unknown combination is refused', () => {
    expect(() => embeddingBag({ count: 3, width: 2, combine: 'max' as 'mean' })).toThrow(
      'embeddingBag.combine: expected "mean" or "sum". Found "max".',
    );
  });
});
