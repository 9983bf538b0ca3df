import { hostTensor, sizeOf } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { count, dtypes, filledShapes, integers, reals, shapes, tensors, tensorsOf, upTo } from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

/** Tuples of indices into the first axes of a shape, some of them equal. */
const indices = (prefix: readonly number[], shape: readonly number[]) => {
  const tuples = sizeOf(prefix);
  const one = fc.tuple(...shape.map((size) => fc.integer({ min: 0, max: size - 1 })));
  return fc
    .array(one, { minLength: tuples, maxLength: tuples, size: 'max' })
    .map((found) => hostTensor('int32', [...prefix, shape.length], found.flat()));
};

const prefixes = shapes(1, 2);

const gathered = fc.tuple(filledShapes(1, 4), dtypes, prefixes, fc.nat()).chain(([shape, dtype, prefix, depth]) =>
  fc.record({
    inputs: fc.record({
      x: tensorsOf(dtype, shape),
      indices: indices(prefix, shape.slice(0, 1 + (depth % shape.length))),
    }),
    attributes: fc.constant(undefined),
  }),
);

/** Updates for the rows of a shape; axes behind the rows may have length 0. */
const scattered = fc
  .tuple(filledShapes(1, 2), shapes(0, 2), fc.constantFrom('float32' as const, 'int32' as const), prefixes)
  .chain(([outer, inner, dtype, prefix]) =>
    fc.record({
      inputs: fc.record({
        tensor: tensorsOf(dtype, [...outer, ...inner]),
        updates: tensorsOf(dtype, [...prefix, ...inner]),
        indices: indices(prefix, outer),
      }),
      attributes: fc.constant([...outer, ...inner]),
    }),
  );

const entries = (depth: number, dtype: 'float32' | 'int32' | 'bool') =>
  fc.tuple(filledShapes(depth, depth), count(4)).chain(([shape, number]) =>
    fc.record({
      inputs: fc.record({
        indices: indices([number], shape),
        values: tensorsOf(dtype, [number]),
        value: tensorsOf(dtype, []),
        otherwise: tensorsOf(dtype, []),
      }),
      attributes: fc.constant(shape),
    }),
  );

const counted = (rank: 1 | 2) =>
  fc
    .tuple(count(3), count(6), upTo(5), fc.constantFrom('float32' as const, 'int32' as const))
    .chain(([rows, columns, size, dtype]) => {
      const shape = rank === 1 ? [columns] : [rows, columns];
      return fc.record({
        inputs: fc.record({
          x: tensors(shape, upTo(6), 'int32'),
          weights: tensors(shape, dtype === 'float32' ? reals : integers(), dtype),
        }),
        attributes: fc.record({ size: fc.constant(size), binary: rank === 1 ? fc.constant(false) : fc.boolean() }),
      });
    });

const none = () => tf.tensor1d([], 'int32');

export const scatterFamilies: readonly Family[] = [
  family({
    title: 'gathers by tuples of indices',
    draws: gathered,
    expressions: { GatherNd: ({ x, indices }) => tf.gatherND(x, indices) },
  }),
  family({
    title: 'scatters by tuples of indices, equal ones among them',
    draws: scattered,
    expressions: {
      ScatterNd: ({ updates, indices }, shape) => tf.scatterND(indices as tf.Tensor2D, updates, [...shape]),
      TensorScatterUpdate: ({ tensor, updates, indices }) =>
        tf.tensorScatterUpdate(tensor as tf.Tensor1D, indices as tf.Tensor2D, updates),
    },
  }),
  ...(['float32', 'int32', 'bool'] as const).map((dtype) =>
    family({
      title: `dense tensors of sparse ${dtype} entries`,
      draws: fc.oneof(entries(1, dtype), entries(2, dtype)),
      expressions: {
        SparseToDense: ({ indices, values, otherwise }, shape) =>
          tf.sparseToDense(indices, values, [...shape], otherwise as tf.Scalar),
        'SparseToDense: of one value': ({ indices, value, otherwise }, shape) =>
          tf.sparseToDense(indices, value as tf.Scalar, [...shape], otherwise as tf.Scalar),
      },
    }),
  ),
  family({
    title: 'counts of numbers',
    draws: counted(1),
    expressions: {
      Bincount: ({ x, weights }, { size }) => tf.bincount(x as tf.Tensor1D, weights as tf.Tensor1D, size),
      'Bincount: without weights': ({ x }, { size }) => tf.bincount(x as tf.Tensor1D, none(), size),
      DenseBincount: ({ x, weights }, { size }) => tf.denseBincount(x as tf.Tensor1D, weights as tf.Tensor1D, size),
    },
  }),
  family({
    title: 'counts of numbers in each row',
    draws: counted(2),
    expressions: {
      DenseBincount: ({ x, weights }, { size, binary }) =>
        tf.denseBincount(x as tf.Tensor2D, weights as tf.Tensor2D, size, binary),
      'DenseBincount: without weights': ({ x }, { size, binary }) =>
        tf.denseBincount(x as tf.Tensor1D, none(), size, binary),
    },
  }),
];
