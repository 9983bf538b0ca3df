import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  between,
  count,
  dtypes,
  integers,
  reals,
  shapes,
  tensors,
  tensorsOf,
  withFilledAxis,
} from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

const size = count(5);

const product = fc.record({
  batch: fc.array(count(3), { maxLength: 2 }),
  rows: size,
  inner: size,
  columns: size,
  transposeA: fc.boolean(),
  transposeB: fc.boolean(),
});

const entries = (dtype: 'float32' | 'int32') => (dtype === 'float32' ? reals : integers());

const products = (sharing: fc.Arbitrary<'none' | 'a' | 'b'>, dtype: 'float32' | 'int32' = 'float32') =>
  fc.tuple(product, sharing).chain(([{ batch, rows, inner, columns, transposeA, transposeB }, shared]) => {
    const ones = batch.map(() => 1);
    return fc.record({
      inputs: fc.record({
        a: tensors(
          [...(shared === 'a' ? ones : batch), ...(transposeA ? [inner, rows] : [rows, inner])],
          entries(dtype),
          dtype,
        ),
        b: tensors(
          [...(shared === 'b' ? ones : batch), ...(transposeB ? [columns, inner] : [inner, columns])],
          entries(dtype),
          dtype,
        ),
      }),
      attributes: fc.constant({ transposeA, transposeB }),
    });
  });

const activations = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const;

export const linearFamilies: readonly Family[] = [
  family({
    title: 'matrix products',
    draws: products(fc.constant('none')),
    expressions: {
      BatchMatMul: ({ a, b }, { transposeA, transposeB }) => tf.matMul(a, b, transposeA, transposeB),
    },
  }),
  family({
    title: 'matrix products with one matrix for the whole batch',
    draws: products(fc.constantFrom('a', 'b')),
    expressions: {
      BatchMatMul: ({ a, b }, { transposeA, transposeB }) => tf.matMul(a, b, transposeA, transposeB),
    },
  }),
  family({
    title: 'matrix products of integers',
    draws: products(fc.constantFrom('none', 'a', 'b'), 'int32'),
    expressions: {
      BatchMatMul: ({ a, b }, { transposeA, transposeB }) => tf.matMul(a, b, transposeA, transposeB),
    },
  }),
  family({
    title: 'layers of one kernel',
    draws: fc.record({ rows: size, inner: size, transposeB: fc.boolean() }).chain(({ rows, inner, transposeB }) =>
      fc.record({
        inputs: fc.record({
          a: tensors([rows, inner], reals),
          b: tensors(transposeB ? [3, inner] : [inner, 3], reals),
          bias: tensors([3], reals),
          alpha: tensors([3], between(0, 1)),
        }),
        attributes: fc.record({ activation: fc.constantFrom(...activations), transposeB: fc.constant(transposeB) }),
      }),
    ),
    expressions: {
      _FusedMatMul: ({ a, b, bias }, { activation, transposeB }) =>
        tf.fused.matMul({ a, b, bias, transposeB, activation, leakyreluAlpha: 0.3 }),
      '_FusedMatMul: with learnt slopes': ({ a, b, bias, alpha }, { transposeB }) =>
        tf.fused.matMul({ a, b, bias, transposeB, activation: 'prelu', preluActivationWeights: alpha }),
    },
  }),
];

/** Indices into an axis of length `length`, of any shape. */
const indices = (length: number) =>
  shapes(0, 2).chain((shape) => tensors(shape, fc.integer({ min: 0, max: length - 1 }), 'int32'));

export const gatherFamilies: readonly Family[] = [
  family({
    title: 'gathers',
    draws: fc.tuple(withFilledAxis, dtypes).chain(([{ shape, axis }, dtype]) => {
      return fc.record({
        inputs: fc.record({ x: tensorsOf(dtype, shape), indices: indices(shape[axis]!) }),
        attributes: fc.constantFrom(axis, axis - shape.length),
      });
    }),
    expressions: { GatherV2: ({ x, indices }, axis) => tf.gather(x, indices, axis) },
  }),
  family({
    title: 'gathers within a batch',
    draws: fc
      .tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 }), shapes(0, 2), dtypes, count(3))
      .chain(([batch, length, rest, dtype, wanted]) =>
        fc.record({
          inputs: fc.record({
            x: tensorsOf(dtype, [batch, length, ...rest]),
            indices: tensors([batch, wanted], fc.nat(length - 1), 'int32'),
          }),
          attributes: fc.constant(1),
        }),
      ),
    expressions: { GatherV2: ({ x, indices }, axis) => tf.gather(x, indices, axis, 1) },
  }),
  family({
    title: 'one-hot rows, empty for what is no class',
    draws: fc.tuple(shapes(0, 3), fc.integer({ min: 2, max: 5 })).chain(([shape, depth]) =>
      fc.record({
        inputs: fc.record({ indices: tensors(shape, integers(-2, 6), 'int32') }),
        attributes: fc.record({
          depth: fc.constant(depth),
          on: fc.constantFrom(1, 3),
          off: fc.constantFrom(0, -1),
          dtype: dtypes,
        }),
      }),
    ),
    expressions: {
      OneHot: ({ indices }, { depth, on, off }) => tf.oneHot(indices, depth, on, off),
      'OneHot: of a type': ({ indices }, { depth, dtype }) => tf.oneHot(indices, depth, 1, 0, dtype),
    },
  }),
  family({
    title: 'sums of rows with equal id',
    draws: fc
      .tuple(shapes(1, 3), fc.integer({ min: 1, max: 4 }), fc.constantFrom('float32' as const, 'int32' as const))
      .chain(([shape, segments, dtype]) =>
        fc.record({
          inputs: fc.record({
            x: tensors(shape, entries(dtype), dtype),
            ids: tensors([shape[0]!], integers(-1, segments - 1), 'int32'),
          }),
          attributes: fc.constant(segments),
        }),
      ),
    expressions: {
      // of integers tfjs's cpu backend makes floats
      UnsortedSegmentSum: ({ x, ids }, segments) =>
        tf.cast(tf.unsortedSegmentSum(x, ids as tf.Tensor1D, segments), x.dtype),
    },
  }),
];
