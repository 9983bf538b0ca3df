import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import type { ValueType } from '../../graph.ts';
import { axes, count, dtypes, each, oneAxis, shapes, tensors, tensorsOf, upTo } from './draws.fixture.ts';
import { type Draw, type Family, family } from './family.fixture.ts';

/** A tensor of any type, and attributes that depend on its shape. */
const shaped = <Attributes>(
  attributes: (shape: readonly number[]) => fc.Arbitrary<Attributes>,
  drawn: fc.Arbitrary<number[]> = shapes(),
): fc.Arbitrary<Draw<'x', Attributes>> =>
  fc
    .tuple(drawn, dtypes)
    .chain(([shape, dtype]) =>
      fc.record({ inputs: fc.record({ x: tensorsOf(dtype, shape) }), attributes: attributes(shape) }),
    );

/** Where a slice begins on an axis, and how long it is; −1: to the end. */
const part = (size: number) =>
  upTo(size).chain((begin) => fc.tuple(fc.constant(begin), fc.oneof(upTo(size - begin), fc.constant(-1))));

/** Splits of an axis: a number of equal parts, or sizes of which the last may be −1 (tfjs is wrong about others). */
const splits = (size: number): fc.Arbitrary<number | number[]> =>
  upTo(size).chain((first) => fc.constantFrom<(number | number[])[]>(size, [first, size - first], [first, -1]));

const fromFront = (place: number, size: number) => (place < 0 ? place + size : place);

/** Start, end and stride on an axis, from the front or from the back; at stride 1 tfjs's cpu backend refuses an end before the start. */
const stride = (size: number) =>
  fc
    .tuple(
      fc.integer({ min: -size, max: size }),
      fc.integer({ min: -size, max: size }),
      fc.constantFrom(1, 2, 3, -1, -2),
    )
    .filter(([start, end, step]) => step !== 1 || fromFront(start, size) <= fromFront(end, size));

const several = fc.tuple(shapes(1), dtypes, count(3)).chain(([shape, dtype, extra]) =>
  oneAxis(shape.length).chain((axis) => {
    const longer = shape.map((size, index) => (index === (axis + shape.length) % shape.length ? extra : size));
    return fc.record({
      inputs: fc.record({ a: tensorsOf(dtype, shape), b: tensorsOf(dtype, longer), c: tensorsOf(dtype, shape) }),
      attributes: fc.constant(axis),
    });
  }),
);

const numbersOrFlags = (dtype: ValueType) => (dtype === 'bool' ? [1] : [0, 1, -2]);

export const shapeFamilies: readonly Family[] = [
  family({
    title: 'shapes of the same numbers',
    draws: shaped((shape) =>
      fc.record({
        dimension: fc.integer({ min: -shape.length - 1, max: shape.length }),
        permutation: fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
        reversed: axes(shape.length),
      }),
    ),
    expressions: {
      ExpandDims: ({ x }, { dimension }) => tf.expandDims(x, dimension),
      Reshape: ({ x }) => tf.reshape(x, [...x.shape].reverse()),
      'Reshape: into a vector': ({ x }) => tf.reshape(x, [x.size]),
      Transpose: ({ x }, { permutation }) => tf.transpose(x, permutation),
      'Transpose: by default': ({ x }) => tf.transpose(x),
      Reverse: ({ x }, { reversed }) => tf.reverse(x, reversed),
    },
  }),
  family({
    title: 'slices',
    draws: shaped((shape) => each(shape, part), shapes(1)),
    expressions: {
      Slice: ({ x }, parts) =>
        tf.slice(
          x,
          parts.map(([begin]) => begin),
          parts.map(([, size]) => size),
        ),
      'Slice: of the first axis': ({ x }, parts) => tf.slice(x, parts[0]![0], parts[0]![1]),
    },
  }),
  family({
    title: 'strided slices',
    draws: shaped(
      (shape) => fc.record({ parts: each(shape, stride), beginMask: upTo(15), endMask: upTo(15) }),
      shapes(1).filter(([first]) => first! > 0),
    ),
    expressions: {
      StridedSlice: ({ x }, { parts, beginMask, endMask }) =>
        tf.stridedSlice(
          x,
          parts.map(([begin]) => begin),
          parts.map(([, end]) => end),
          parts.map(([, , step]) => step),
          beginMask,
          endMask,
        ),
      'StridedSlice: the first axis dropped': ({ x }, { parts }) =>
        tf.stridedSlice(
          x,
          parts.map(() => 0),
          [...x.shape],
          parts.map(() => 1),
          0,
          0,
          0,
          0,
          1,
        ),
    },
  }),
  family({
    title: 'parts put together',
    draws: several,
    expressions: {
      Concat: ({ a, b, c }, axis) => tf.concat([a, b, c], axis),
      Pack: ({ a, c }, axis) => tf.stack([a, c], axis),
    },
  }),
  family({
    title: 'parts with nothing in them put together',
    draws: fc.tuple(shapes(1), dtypes).chain(([shape, dtype]) =>
      fc.record({
        inputs: fc.record({ a: tensorsOf(dtype, shape), b: tensorsOf(dtype, [0, ...shape.slice(1)]) }),
        attributes: fc.constant(undefined),
      }),
    ),
    expressions: {
      Concat: ({ a, b }) => tf.concat([a, b], 0),
      Pack: ({ a }) => tf.stack([a, a, a], -1),
    },
  }),
  family({
    title: 'a tensor taken apart',
    draws: shaped(
      (shape) =>
        oneAxis(shape.length)
          .filter((axis) => shape.at(axis)! > 1)
          .chain((axis) => fc.record({ axis: fc.constant(axis), sizes: splits(shape.at(axis)!) })),
      shapes(1).filter((shape) => shape.some((size) => size > 1)),
    ),
    expressions: {
      SplitV: ({ x }, { axis, sizes }) => tf.split(x, sizes as number[], axis),
      Unpack: ({ x }, { axis }) => tf.unstack(x, axis),
    },
  }),
  family({
    title: 'a tensor of one part taken apart',
    draws: shaped((shape) => fc.constant(shape.length), shapes(0, 3)),
    expressions: {
      SplitV: ({ x }, rank) => tf.split(tf.expandDims(x, rank), 1, rank),
      Unpack: ({ x }, rank) => tf.unstack(tf.expandDims(x, rank), rank),
    },
  }),
  family({
    title: 'repetitions',
    draws: shaped((shape) => each(shape, () => upTo(3)), shapes(1, 3)),
    expressions: { Tile: ({ x }, repetitions) => tf.tile(x, repetitions) },
  }),
  family({
    title: 'paddings',
    draws: shaped(
      (shape) => fc.record({ paddings: each(shape, () => fc.tuple(upTo(2), upTo(2))), value: fc.nat(2) }),
      shapes(1),
    ),
    expressions: {
      PadV2: ({ x }, { paddings, value }) => {
        const values = numbersOrFlags(x.dtype as ValueType);
        return tf.pad(x, paddings, values[value % values.length]);
      },
    },
  }),
  family({
    title: 'diagonals',
    draws: shaped(() => fc.constant(undefined), shapes(1, 2)),
    expressions: { Diag: ({ x }) => tf.diag(x) },
  }),
  family({
    title: 'shapes that are values',
    draws: fc
      .tuple(upTo(4), upTo(4), fc.array(fc.constantFrom(1, 3), { minLength: 4, maxLength: 4 }))
      .chain(([left, right, sizes]) =>
        fc.record({
          inputs: fc.record({
            a: tensors([left], fc.constant(1), 'int32'),
            b: tensors([right], fc.constant(0), 'int32').map((zeros) => ({
              ...zeros,
              data: Int32Array.from(sizes.slice(0, right)),
            })),
          }),
          attributes: fc.constant(undefined),
        }),
      ),
    expressions: { BroadcastArgs: ({ a, b }) => tf.broadcastArgs(a, b) },
  }),
  family({
    title: 'constants',
    draws: fc.record({
      inputs: fc.constant({}),
      attributes: fc.record({
        shape: shapes(),
        dtype: dtypes,
        value: fc.constantFrom(0, 1, 2.5, -3),
        start: fc.integer({ min: -5, max: 5 }),
        length: upTo(6),
        step: fc.constantFrom(1, 2, 0.5, -1, -2),
      }),
    }),
    expressions: {
      Fill: (_, { shape, dtype, value }) =>
        tf.fill(shape, dtype === 'float32' ? value : Math.trunc(value), dtype === 'bool' ? 'int32' : dtype),
      Range: (_, { start, length, step }) => tf.range(start, start + length * step, step),
      LinSpace: (_, { start, length, step }) => tf.linspace(start, start + length * step, length + 1),
      'Range: of integers': (_, { start, length }) => tf.range(start, start + length, 1, 'int32'),
      'Range: downwards': (_, { start, length }) => tf.range(start, start - length),
    },
  }),
];
