import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  axes,
  bits,
  dtypes,
  integers,
  quarters,
  reals,
  shapes,
  tensors,
  tensorsOf,
  withFilledAxis,
} from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

const reduction = (shape: number[]) => fc.record({ axes: axes(shape.length), keepDims: fc.boolean() });
const all = fc.constant({ axes: undefined, keepDims: false });

/** Axes with something in them: of nothing there is no extreme. */
const filledAxes = (shape: number[]) =>
  reduction(shape).map(({ axes: chosen, keepDims }) => ({
    axes: chosen.filter((axis) => shape.at(axis)! > 0),
    keepDims,
  }));

const allIfFilled = (shape: number[]) => (shape.includes(0) ? filledAxes(shape) : fc.oneof(filledAxes(shape), all));

const extremes = {
  Max: ({ x }: { x: tf.Tensor }, { axes, keepDims }: { axes: number[] | undefined; keepDims: boolean }) =>
    tf.max(x, axes, keepDims),
  Min: ({ x }: { x: tf.Tensor }, { axes, keepDims }: { axes: number[] | undefined; keepDims: boolean }) =>
    tf.min(x, axes, keepDims),
};

const alongAxis = fc.record({ axis: fc.nat(), exclusive: fc.boolean(), reverse: fc.boolean() });

type Running = { readonly axis: number; readonly exclusive: boolean; readonly reverse: boolean };

const running = {
  Cumsum: ({ x }: { x: tf.Tensor }, { axis, exclusive, reverse }: Running) => tf.cumsum(x, axis, exclusive, reverse),
  Cumprod: ({ x }: { x: tf.Tensor }, { axis, exclusive, reverse }: Running) => tf.cumprod(x, axis, exclusive, reverse),
};

export const reduceFamilies: readonly Family[] = [
  family({
    title: 'sums, means and products',
    draws: fc.tuple(shapes(), dtypes).chain(([shape, dtype]) =>
      fc.record({
        inputs: fc.record({ x: dtype === 'float32' ? tensors(shape, quarters) : tensorsOf(dtype, shape) }),
        attributes: fc.oneof(reduction(shape), all),
      }),
    ),
    expressions: {
      Sum: ({ x }, { axes, keepDims }) => tf.sum(x, axes, keepDims),
      'Sum: of squares': ({ x }, { axes, keepDims }) => tf.sum(tf.square(x), axes, keepDims),
      Mean: ({ x }, { axes, keepDims }) => tf.mean(x, axes, keepDims),
    },
  }),
  family({
    title: 'products',
    draws: shapes().chain((shape) =>
      fc.record({ inputs: fc.record({ x: tensors(shape, quarters) }), attributes: reduction(shape) }),
    ),
    expressions: { Prod: ({ x }, { axes, keepDims }) => tf.prod(x, axes, keepDims) },
  }),
  family({
    title: 'products of integers',
    draws: fc.tuple(shapes(0, 2), fc.constantFrom('int32' as const, 'bool' as const)).chain(([shape, dtype]) =>
      fc.record({
        inputs: fc.record({ x: tensors(shape, dtype === 'int32' ? integers(-2, 2) : bits, dtype) }),
        attributes: reduction(shape),
      }),
    ),
    expressions: { Prod: ({ x }, { axes, keepDims }) => tf.prod(x, axes, keepDims) },
  }),
  family({
    title: 'sums of many columns',
    draws: fc
      .record({
        rows: fc.integer({ min: 1, max: 5 }),
        columns: fc.integer({ min: 8, max: 20 }),
        keepDims: fc.boolean(),
      })
      .chain(({ rows, columns, keepDims }) =>
        fc.record({
          inputs: fc.record({ x: tensors([2, rows, columns], reals) }),
          attributes: fc.constantFrom<number[][]>([0], [1, 0]).map((axes) => ({ axes, keepDims })),
        }),
      ),
    expressions: { Sum: ({ x }, { axes, keepDims }) => tf.sum(x, axes, keepDims) },
  }),
  family({
    title: 'extremes',
    draws: shapes().chain((shape) =>
      fc.record({ inputs: fc.record({ x: tensors(shape, reals) }), attributes: allIfFilled(shape) }),
    ),
    expressions: extremes,
  }),
  family({
    title: 'extremes of integers and booleans',
    draws: fc
      .tuple(shapes(), fc.constantFrom('int32' as const, 'bool' as const))
      .chain(([shape, dtype]) =>
        fc.record({ inputs: fc.record({ x: tensorsOf(dtype, shape) }), attributes: filledAxes(shape) }),
      ),
    expressions: extremes,
  }),
  family({
    title: 'all and any',
    // over nothing both are false in tfjs; with us all is true
    draws: shapes().chain((shape) =>
      fc.record({ inputs: fc.record({ x: tensors(shape, bits, 'bool') }), attributes: filledAxes(shape) }),
    ),
    expressions: {
      All: ({ x }, { axes, keepDims }) => tf.all(x, axes, keepDims),
      Any: ({ x }, { axes, keepDims }) => tf.any(x, axes, keepDims),
    },
  }),
  family({
    title: 'places of extremes, the first of equal ones',
    draws: fc.tuple(withFilledAxis, dtypes).chain(([{ shape, axis }, dtype]) =>
      fc.record({
        inputs: fc.record({ x: dtype === 'float32' ? tensors(shape, integers(-2, 2)) : tensorsOf(dtype, shape) }),
        attributes: fc.constantFrom(axis, axis - shape.length),
      }),
    ),
    expressions: {
      ArgMax: ({ x }, axis) => tf.argMax(x, axis),
      ArgMin: ({ x }, axis) => tf.argMin(x, axis),
    },
  }),
  family({
    title: 'running sums and products',
    draws: fc.tuple(shapes(1), dtypes).chain(([shape, dtype]) =>
      fc.record({
        inputs: fc.record({ x: dtype === 'float32' ? tensors(shape, quarters) : tensorsOf(dtype, shape) }),
        attributes: alongAxis.map(({ axis, ...flags }) => ({ axis: axis % shape.length, ...flags })),
      }),
    ),
    expressions: running,
    notOnWasm: { bool: 'refused there' },
  }),
  family({
    title: 'running sums along the last axis',
    draws: shapes(1).chain((shape) =>
      fc.record({
        inputs: fc.record({ x: tensors(shape, quarters) }),
        attributes: alongAxis.map((flags) => ({ ...flags, axis: shape.length - 1 })),
      }),
    ),
    expressions: running,
  }),
];
