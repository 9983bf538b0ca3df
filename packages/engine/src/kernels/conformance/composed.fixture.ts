import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { bits, broadcastShapes, filledShapes, reals, shapes, tensors, upTo } from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

/* Operations for which tfjs-core has a name of a kernel but which it makes of others: `neverCalled` in ../refused.ts. */

export const composedFamilies: readonly Family[] = [
  family({
    title: 'operations that are made of others',
    draws: shapes(1).chain((shape) =>
      fc.record({ inputs: fc.record({ x: tensors(shape, reals) }), attributes: upTo(3) }),
    ),
    expressions: {
      'Log: logSoftmax': ({ x }) => tf.logSoftmax(x),
      'Tile: broadcastTo': ({ x }, rows) => tf.broadcastTo(tf.expandDims(x, 0), [rows + 2, ...x.shape]),
    },
  }),
  family({
    title: 'exclusive or',
    draws: broadcastShapes(2)
      .chain(([left, right]) => fc.record({ a: tensors(left!, bits, 'bool'), b: tensors(right!, bits, 'bool') }))
      .map((inputs) => ({ inputs, attributes: undefined })),
    expressions: { 'LogicalOr: logicalXor': ({ a, b }) => tf.logicalXor(a, b) },
  }),
  family({
    title: 'bands of matrices',
    draws: filledShapes(2, 4).chain((shape) =>
      fc.record({
        inputs: fc.record({ x: tensors(shape, reals) }),
        attributes: fc.record({
          lower: fc.integer({ min: -1, max: shape.at(-2)! }),
          upper: fc.integer({ min: -1, max: shape.at(-1)! }),
        }),
      }),
    ),
    expressions: { 'Select: bandPart': ({ x }, { lower, upper }) => tf.linalg.bandPart(x, lower, upper) },
  }),
  family({
    title: 'pools with dilations',
    draws: fc.record({
      inputs: fc.record({ x: tensors([2, 6, 5, 2], reals) }),
      attributes: fc.record({
        type: fc.constantFrom('avg' as const, 'max' as const),
        pad: fc.constantFrom('same' as const, 'valid' as const),
        dilations: fc.constantFrom<[number, number]>([1, 2], [2, 1], [2, 2]),
      }),
    }),
    expressions: {
      'SpaceToBatchND: pool': ({ x }, { type, pad, dilations }) =>
        tf.pool(x as tf.Tensor4D, [2, 2], type, pad, dilations, [1, 1]),
    },
  }),
  family({
    title: 'bounds in sorted rows',
    draws: fc.record({
      inputs: fc.record({ values: tensors([2, 4], reals) }),
      attributes: fc.constant(undefined),
    }),
    expressions: {
      'SearchSorted: lowerBound': ({ values }) => tf.lowerBound(rows(), values),
      'SearchSorted: upperBound': ({ values }) => tf.upperBound(rows(), values),
    },
  }),
];

const rows = () => tf.tensor2d([-1, 0, 0, 1, 2, 3], [2, 3]);
