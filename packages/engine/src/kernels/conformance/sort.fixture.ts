import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { count, dtypes, integers, quarters, shapes, tensors, tensorsOf } from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

/** Sorted rows and values to look up in them. */
const sequences = fc
  .tuple(count(3), fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }), dtypes)
  .chain(([rows, length, wanted, dtype]) => {
    const entries = dtype === 'float32' ? quarters : dtype === 'int32' ? integers(-3, 3) : fc.nat(1);
    return fc.record({
      inputs: fc.record({
        sequence: fc
          .array(fc.array(entries, { minLength: length, maxLength: length, size: 'max' }), {
            minLength: rows,
            maxLength: rows,
          })
          .map((found) => found.flatMap((row) => row.sort((a, b) => a - b)))
          .chain((sorted) =>
            tensors([rows, length], fc.constant(0), dtype).map((zeros) => ({
              ...zeros,
              data: zeros.data.map((_, index) => sorted[index]!) as typeof zeros.data,
            })),
          ),
        values: tensors([rows, wanted], entries, dtype),
      }),
      attributes: fc.constantFrom('left' as const, 'right' as const),
    });
  });

export const sortFamilies: readonly Family[] = [
  family({
    title: 'the largest entries, the first of equal ones first',
    draws: fc.tuple(shapes(1), dtypes, fc.nat()).chain(([shape, dtype, k]) =>
      fc.record({
        inputs: fc.record({ x: dtype === 'float32' ? tensors(shape, integers(-2, 2)) : tensorsOf(dtype, shape) }),
        attributes: fc.constant(k % (shape.at(-1)! + 1)),
      }),
    ),
    expressions: {
      TopK: ({ x }, k) => {
        const { values, indices } = tf.topk(x, k);
        return [values, indices];
      },
      'TopK: their values': ({ x }, k) => tf.topk(x, k).values,
      // in whatever order
      'TopK: not sorted': ({ x }, k) => tf.sum(tf.cast(tf.topk(x, k, false).values, 'float32'), -1),
    },
  }),
  family({
    title: 'places in sorted rows',
    draws: sequences,
    expressions: {
      SearchSorted: ({ sequence, values }, side) => tf.searchSorted(sequence, values, side),
    },
  }),
];
