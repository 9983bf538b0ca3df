import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import {
  among,
  between,
  bits,
  broadcastShapes,
  dtypes,
  integers,
  quarters,
  reals,
  shapes,
  tensors,
  tensorsOf,
} from './draws.fixture.ts';
import { type Family, family } from './family.fixture.ts';

const one = (entries: fc.Arbitrary<number>, dtype: 'float32' | 'int32' | 'bool' = 'float32') =>
  shapes()
    .chain((shape) => tensors(shape, entries, dtype))
    .map((x) => ({ inputs: { x }, attributes: undefined }));

const pair = (a: fc.Arbitrary<number>, b: fc.Arbitrary<number> = a, dtype: 'float32' | 'int32' | 'bool' = 'float32') =>
  broadcastShapes(2)
    .chain(([left, right]) => fc.tuple(tensors(left!, a, dtype), tensors(right!, b, dtype)))
    .map(([left, right]) => ({ inputs: { a: left, b: right }, attributes: undefined }));

type X = { readonly x: tf.Tensor };
type Pair = { readonly a: tf.Tensor; readonly b: tf.Tensor };
const nonZero = (entries: fc.Arbitrary<number>) => entries.filter((value) => value !== 0);

/** Defined on all numbers, of any type. */
const everywhere = {
  Abs: ({ x }: X) => tf.abs(x),
  Asinh: ({ x }: X) => tf.asinh(x),
  Atan: ({ x }: X) => tf.atan(x),
  Exp: ({ x }: X) => tf.exp(x),
  Expm1: ({ x }: X) => tf.expm1(x),
  IsFinite: ({ x }: X) => tf.isFinite(x),
  IsInf: ({ x }: X) => tf.isInf(x),
  IsNan: ({ x }: X) => tf.isNaN(x),
  LeakyRelu: ({ x }: X) => tf.leakyRelu(x, 0.3),
  Neg: ({ x }: X) => tf.neg(x),
  Relu: ({ x }: X) => tf.relu(x),
  Relu6: ({ x }: X) => tf.relu6(x),
  Round: ({ x }: X) => tf.round(x),
  Selu: ({ x }: X) => tf.selu(x),
  Sign: ({ x }: X) => tf.sign(x),
  Sinh: ({ x }: X) => tf.sinh(x),
  Softplus: ({ x }: X) => tf.softplus(x),
  Square: ({ x }: X) => tf.square(x),
  Step: ({ x }: X) => tf.step(x),
  'Step: with a slope below 0': ({ x }: X) => tf.step(x, 0.25),
  ClipByValue: ({ x }: X) => tf.clipByValue(x, -1, 2),
  ZerosLike: ({ x }: X) => tf.zerosLike(x),
  OnesLike: ({ x }: X) => tf.onesLike(x),
};

const types = ['float32', 'int32', 'bool'] as const;

/** To the other types: to its own, nothing is called. */
const castsFrom = (own: (typeof types)[number]) =>
  Object.fromEntries(
    types.filter((type) => type !== own).map((type) => [`Cast: to ${type}`, ({ x }: X) => tf.cast(x, type)]),
  );

/** tfjs refuses integers for these, or has no answer for 1 / 0. */
const ofFloats = {
  Reciprocal: ({ x }: X) => tf.reciprocal(x),
  Ceil: ({ x }: X) => tf.ceil(x),
  Cos: ({ x }: X) => tf.cos(x),
  Cosh: ({ x }: X) => tf.cosh(x),
  Elu: ({ x }: X) => tf.elu(x),
  Erf: ({ x }: X) => tf.erf(x),
  Floor: ({ x }: X) => tf.floor(x),
  Sigmoid: ({ x }: X) => tf.sigmoid(x),
  Sin: ({ x }: X) => tf.sin(x),
  // not so near to a pole that the last bit of x tells
  Tan: ({ x }: X) => tf.tan(tf.mul(x, 0.3)),
  Tanh: ({ x }: X) => tf.tanh(x),
};

const arithmetic = {
  Add: ({ a, b }: Pair) => tf.add(a, b),
  Maximum: ({ a, b }: Pair) => tf.maximum(a, b),
  Minimum: ({ a, b }: Pair) => tf.minimum(a, b),
  Multiply: ({ a, b }: Pair) => tf.mul(a, b),
  SquaredDifference: ({ a, b }: Pair) => tf.squaredDifference(a, b),
  Sub: ({ a, b }: Pair) => tf.sub(a, b),
};

const { Maximum, Minimum, Multiply, SquaredDifference } = arithmetic;

const quotients = {
  FloorDiv: ({ a, b }: Pair) => tf.floorDiv(a, b),
  Mod: ({ a, b }: Pair) => tf.mod(a, b),
};

const comparisons = {
  Equal: ({ a, b }: Pair) => tf.equal(a, b),
  Greater: ({ a, b }: Pair) => tf.greater(a, b),
  GreaterEqual: ({ a, b }: Pair) => tf.greaterEqual(a, b),
  Less: ({ a, b }: Pair) => tf.less(a, b),
  LessEqual: ({ a, b }: Pair) => tf.lessEqual(a, b),
  NotEqual: ({ a, b }: Pair) => tf.notEqual(a, b),
};

const large = among(0, -0, 1, -1, 60, -60, 3e4, -3e4);

export const elementwiseFamilies: readonly Family[] = [
  family({
    title: 'functions of all reals',
    draws: one(reals),
    expressions: { ...everywhere, ...ofFloats, ...castsFrom('float32') },
  }),
  family({
    title: 'functions of large numbers',
    draws: one(large),
    expressions: { ...everywhere, ...ofFloats, ...castsFrom('float32') },
  }),
  family({
    title: 'functions of what is no finite number',
    draws: one(among(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 1)),
    expressions: {
      Exp: ({ x }) => tf.exp(x),
      IsFinite: ({ x }) => tf.isFinite(x),
      IsInf: ({ x }) => tf.isInf(x),
      IsNan: ({ x }) => tf.isNaN(x),
      Square: ({ x }) => tf.square(x),
    },
  }),
  family({
    title: 'functions of integers',
    draws: one(integers(), 'int32'),
    expressions: { ...everywhere, ...castsFrom('int32') },
  }),
  family({
    title: 'functions of booleans',
    draws: one(bits, 'bool'),
    expressions: { ...everywhere, ...castsFrom('bool') },
  }),
  family({
    title: 'functions of numbers that are not negative',
    draws: one(fc.oneof(between(0, 9), among(0, 1, 1e-3, 1e4))),
    expressions: {
      Log: ({ x }) => tf.log(x),
      Log1p: ({ x }) => tf.log1p(x),
      Rsqrt: ({ x }) => tf.rsqrt(x),
      Sqrt: ({ x }) => tf.sqrt(x),
    },
  }),
  family({
    title: 'functions of numbers in [−1, 1]',
    draws: one(fc.oneof(between(-1, 1), among(0, -0, 0.5, -0.5))),
    expressions: {
      Acos: ({ x }) => tf.acos(x),
      Acosh: ({ x }) => tf.acosh(tf.add(x, 2)),
      Asin: ({ x }) => tf.asin(x),
      Atanh: ({ x }) => tf.atanh(tf.mul(x, 0.9)),
      Log1p: ({ x }) => tf.log1p(x),
    },
  }),
  family({
    title: 'functions of positive integers',
    draws: one(integers(1, 9), 'int32'),
    expressions: {
      Acosh: ({ x }) => tf.acosh(x),
      Log1p: ({ x }) => tf.log1p(x),
      Reciprocal: ({ x }) => tf.reciprocal(x),
    },
  }),
  family({
    title: 'arithmetic',
    draws: pair(reals),
    expressions: { ...arithmetic, Atan2: ({ a, b }) => tf.atan2(a, b), RealDiv: ({ a, b }) => tf.div(a, b) },
  }),
  family({
    title: 'arithmetic of equal shapes',
    draws: shapes()
      .chain((shape) => fc.record({ a: tensors(shape, reals), b: tensors(shape, reals) }))
      .map((inputs) => ({ inputs, attributes: undefined })),
    expressions: arithmetic,
  }),
  family({ title: 'arithmetic of integers', draws: pair(integers(), integers(), 'int32'), expressions: arithmetic }),
  family({
    title: 'arithmetic of booleans',
    draws: pair(bits, bits, 'bool'),
    // sums and differences are 2 and 255 in tfjs, true with us
    expressions: { Maximum, Minimum, Multiply, SquaredDifference },
  }),
  family({ title: 'quotients and remainders', draws: pair(quarters, nonZero(quarters)), expressions: quotients }),
  family({
    title: 'quotients and remainders of integers',
    draws: pair(integers(), nonZero(integers()), 'int32'),
    expressions: { ...quotients, 'FloorDiv: by div': ({ a, b }) => tf.div(a, b) },
  }),
  family({
    title: 'powers',
    draws: pair(between(0.1, 3), quarters),
    expressions: { Pow: ({ a, b }) => tf.pow(a, b) },
  }),
  family({
    title: 'whole powers of all numbers',
    draws: pair(quarters, integers(0, 3)),
    expressions: {
      Pow: ({ a, b }) => tf.pow(a, b),
      'Pow: of an integer': ({ a, b }) => tf.pow(a, tf.cast(b, 'int32')),
    },
  }),
  family({
    title: 'powers of integers',
    draws: pair(integers(), integers(0, 4), 'int32'),
    expressions: { Pow: ({ a, b }) => tf.pow(a, b) },
  }),
  family({
    title: 'arithmetic of different types',
    draws: fc
      .tuple(broadcastShapes(2), dtypes, dtypes)
      .chain(([[left, right], first, second]) => fc.tuple(tensorsOf(first, left!), tensorsOf(second, right!)))
      .filter(([a, b]) => a.dtype !== 'bool' || b.dtype !== 'bool')
      .map(([a, b]) => ({ inputs: { a, b }, attributes: undefined })),
    expressions: { ...arithmetic, ...comparisons },
  }),
  family({ title: 'comparisons', draws: pair(reals), expressions: comparisons }),
  family({ title: 'comparisons of equal numbers', draws: pair(among(0, -0, 1)), expressions: comparisons }),
  family({
    title: 'comparisons of integers',
    draws: pair(integers(-2, 2), undefined, 'int32'),
    expressions: comparisons,
  }),
  family({
    title: 'logic',
    draws: pair(bits, bits, 'bool'),
    expressions: {
      ...comparisons,
      LogicalAnd: ({ a, b }) => tf.logicalAnd(a, b),
      LogicalNot: ({ a }) => tf.logicalNot(a),
      LogicalOr: ({ a, b }) => tf.logicalOr(a, b),
    },
  }),
  family({
    title: 'bits of integers',
    draws: shapes()
      .chain((shape) =>
        fc.record({ a: tensors(shape, integers(-900, 900), 'int32'), b: tensors(shape, integers(-900, 900), 'int32') }),
      )
      .map((inputs) => ({ inputs, attributes: undefined })),
    expressions: { BitwiseAnd: ({ a, b }) => tf.bitwiseAnd(a, b) },
  }),
  family({
    title: 'choices',
    draws: fc
      .tuple(broadcastShapes(3), dtypes)
      .chain(([[condition, t, e], dtype]) =>
        fc.tuple(tensors(condition!, bits, 'bool'), tensorsOf(dtype, t!), tensorsOf(dtype, e!)),
      )
      .map(([condition, t, e]) => ({ inputs: { condition, t, e }, attributes: undefined })),
    expressions: { Select: ({ condition, t, e }) => tf.where(condition, t, e) },
  }),
  family({
    title: 'sums of several tensors',
    draws: fc
      .tuple(shapes(), fc.constantFrom('float32' as const, 'int32' as const))
      .chain(([shape, dtype]) => fc.tuple(tensorsOf(dtype, shape), tensorsOf(dtype, shape), tensorsOf(dtype, shape)))
      .map(([a, b, c]) => ({ inputs: { a, b, c }, attributes: undefined })),
    expressions: { AddN: ({ a, b, c }) => tf.addN([a, b, c]), 'AddN: of one': ({ a }) => tf.addN([a]) },
  }),
  family({
    title: 'rectifiers with learnt slopes',
    draws: shapes(1)
      .chain((shape) =>
        fc.tuple(fc.constant(shape), fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length })),
      )
      .chain(([shape, shared]) =>
        fc.tuple(
          tensors(shape, reals),
          tensors(
            shape.map((size, axis) => (shared[axis] && size > 0 ? 1 : size)),
            between(0, 1),
          ),
        ),
      )
      .map(([x, alpha]) => ({ inputs: { x, alpha }, attributes: undefined })),
    expressions: {
      Prelu: ({ x, alpha }) => tf.prelu(x, alpha),
      EluGrad: ({ x, alpha }) => tf.grad((leaf) => tf.elu(leaf))(x, tf.mul(tf.onesLike(x), alpha)),
    },
  }),
];
