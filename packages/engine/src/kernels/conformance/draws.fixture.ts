import { type HostTensor, hostTensor, sizeOf } from '@polytask/base';
import fc from 'fast-check';
import type { ValueType } from '../../graph.ts';

/* What is drawn: shapes of rank 0 to 4 with axes of 0 to 4, and numbers that are exact in every precision or special. */

const axis = fc.oneof(
  { weight: 9, arbitrary: fc.integer({ min: 1, max: 4 }) },
  { weight: 1, arbitrary: fc.constant(0) },
);

export const shapes = (minRank = 0, maxRank = 4): fc.Arbitrary<number[]> =>
  fc.array(axis, { minLength: minRank, maxLength: maxRank, size: 'max' });

/** Shapes without axes of length 0. */
export const filledShapes = (minRank = 0, maxRank = 4, minSize = 1): fc.Arbitrary<number[]> =>
  fc.array(fc.integer({ min: minSize, max: 4 }), { minLength: minRank, maxLength: maxRank, size: 'max' });

/** Shapes that broadcast together: leading axes may be missing, axes may be 1; neither beside 0, where tfjs does not sum the gradient. */
export const broadcastShapes = (count: number): fc.Arbitrary<number[][]> =>
  shapes().chain((shape) => {
    const one = fc
      .tuple(
        fc.integer({ min: 0, max: shape.includes(0) ? 0 : shape.length }),
        fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
      )
      .map(([from, choices]) => shape.map((size, index) => (choices[index] === 0 && size > 0 ? 1 : size)).slice(from));
    return fc
      .tuple(fc.nat(count - 1), fc.array(fc.oneof(fc.constant(shape), one), { minLength: count, maxLength: count }))
      .map(([whole, all]) => all.map((part, index) => (index === whole ? shape : part)));
  });

/** Multiples of ¼ in [−4, 4], many of them equal: quotients are whole or far from it. */
export const quarters = fc.integer({ min: -16, max: 16 }).map((value) => value / 4);

const generic = fc.integer({ min: -400_000, max: 400_000 }).map((value) => value / 123_457);

export const among = (...values: number[]): fc.Arbitrary<number> => fc.constantFrom(...values);

/** Numbers of the order of 1, ±0, whole numbers, and a few large or small ones. */
export const reals: fc.Arbitrary<number> = fc.oneof(
  { weight: 3, arbitrary: generic },
  { weight: 2, arbitrary: quarters },
  { weight: 1, arbitrary: among(0, -0, 1, -1, 20, -20, 1e-3, -1e-3) },
);

export const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.integer({ min: 0, max: 1_000_000 }).map((value) => min + ((max - min) * value) / 1_000_000);

export const integers = (min = -9, max = 9): fc.Arbitrary<number> => fc.integer({ min, max });

export const bits: fc.Arbitrary<number> = fc.nat(1);

/** A tensor of drawn entries. */
export const tensors = (
  shape: readonly number[],
  entries: fc.Arbitrary<number>,
  dtype: ValueType = 'float32',
): fc.Arbitrary<HostTensor> => {
  const length = sizeOf(shape);
  return fc
    .array(entries, { minLength: length, maxLength: length, size: 'max' })
    .map((values) => hostTensor(dtype, shape, values));
};

/** A tensor of `dtype`, with entries that are defined for most operations. */
export const tensorsOf = (dtype: ValueType, shape: readonly number[]): fc.Arbitrary<HostTensor> =>
  tensors(shape, dtype === 'float32' ? reals : dtype === 'int32' ? integers() : bits, dtype);

export const dtypes: fc.Arbitrary<ValueType> = fc.constantFrom<ValueType>('float32', 'int32', 'bool');

/** A subset of the axes of a tensor of this rank, in any order, some counted from the end. */
export const axes = (rank: number): fc.Arbitrary<number[]> =>
  fc
    .shuffledSubarray(Array.from({ length: rank }, (_, index) => index))
    .chain((chosen) => fc.tuple(...chosen.map((index) => fc.constantFrom(index, index - rank))));

export const oneAxis = (rank: number): fc.Arbitrary<number> => fc.integer({ min: -rank, max: rank - 1 });

/** Sizes of a batch or of channels, now and then 0. */
export const count = (max: number): fc.Arbitrary<number> =>
  fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 1, max }) }, { weight: 1, arbitrary: fc.constant(0) });

export const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 0, max });

/** An item for each axis. */
export const each = <Item>(
  shape: readonly number[],
  item: (size: number) => fc.Arbitrary<Item>,
): fc.Arbitrary<Item[]> => fc.tuple(...shape.map(item)) as fc.Arbitrary<Item[]>;

/** An axis with something in it beside others that may have nothing. */
export const withFilledAxis: fc.Arbitrary<{ shape: number[]; axis: number }> = fc
  .tuple(shapes(1), fc.nat())
  .map(([shape, at]) => {
    const axis = at % shape.length;
    return { shape: shape.map((size, index) => (index === axis ? Math.max(1, size) : size)), axis };
  });
