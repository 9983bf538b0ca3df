import * as tf from '@tensorflow/tfjs-core';
import { type GradientCase, gradientCase, smoothly } from './gradient-case.ts';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Domain = readonly [low: number, high: number];

/** Far enough from the kinks for a finite difference. */
const awayFrom =
  (...kinks: readonly number[]) =>
  (value: number) =>
    kinks.every((kink) => Math.abs(value - kink) > 0.05);

const awayFromMultiples = (offset: number) => (value: number) => {
  const part = value + offset - Math.floor(value + offset);
  return part > 0.05 && part < 0.95;
};

const unary = (
  kernel: string,
  f: Unary,
  [low, high]: Domain = [-2, 2],
  isSmooth?: (value: number) => boolean,
): GradientCase =>
  gradientCase(
    kernel,
    'of any shape',
    (random) => ({
      inputs: { x: random.reals(random.shape(), low, high, isSmooth) },
      evaluate: ({ x }) => f(x!),
    }),
    smoothly,
  );

/** What does not change with small changes of x, beside x itself. */
const constant = (kernel: string, f: Unary, isSmooth?: (value: number) => boolean): GradientCase =>
  unary(kernel, (x) => tf.add(tf.square(x), tf.mul(x, tf.cast(f(x), 'float32'))), [-3, 3], isSmooth);

const away0 = awayFrom(0);
const between = awayFromMultiples(0);
const flat = awayFrom(0.5);

export const elementwiseCases: readonly GradientCase[] = [
  unary(tf.Abs, tf.abs, [-2, 2], away0),
  unary(tf.Acos, tf.acos, [-0.8, 0.8]),
  unary(tf.Acosh, tf.acosh, [1.5, 3]),
  unary(tf.Asin, tf.asin, [-0.8, 0.8]),
  unary(tf.Asinh, tf.asinh),
  unary(tf.Atan, tf.atan),
  unary(tf.Atanh, tf.atanh, [-0.7, 0.7]),
  unary(tf.ClipByValue, (x) => tf.clipByValue(x, -0.5, 1), [-2, 2], awayFrom(-0.5, 1)),
  unary(tf.Cos, tf.cos),
  unary(tf.Cosh, tf.cosh),
  unary(tf.Elu, tf.elu, [-2, 2], away0),
  unary(tf.Erf, tf.erf),
  unary(tf.Exp, tf.exp),
  unary(tf.Expm1, tf.expm1),
  unary(tf.Identity, tf.clone),
  unary(tf.LeakyRelu, (x) => tf.leakyRelu(x, 0.3), [-2, 2], away0),
  unary(tf.Log, tf.log, [0.5, 3]),
  unary(tf.Log1p, tf.log1p, [-0.4, 3]),
  unary(tf.Neg, tf.neg),
  unary(tf.Reciprocal, tf.reciprocal, [0.6, 2]),
  unary(tf.Relu, tf.relu, [-2, 2], away0),
  unary(tf.Relu6, tf.relu6, [-2, 8], awayFrom(0, 6)),
  unary(tf.Rsqrt, tf.rsqrt, [0.6, 3]),
  unary(tf.Selu, tf.selu, [-2, 2], away0),
  unary(tf.Sigmoid, tf.sigmoid),
  unary(tf.Sin, tf.sin),
  unary(tf.Sinh, tf.sinh),
  unary(tf.Softplus, tf.softplus),
  unary(tf.Sqrt, tf.sqrt, [0.6, 3]),
  unary(tf.Square, tf.square),
  unary(tf.Tan, tf.tan, [-1, 1]),
  unary(tf.Tanh, tf.tanh),
  constant(tf.Cast, (x) => tf.cast(x, 'int32'), between),
  constant(tf.Ceil, tf.ceil, between),
  constant(tf.Floor, tf.floor, between),
  constant(tf.IsFinite, tf.isFinite),
  constant(tf.IsInf, tf.isInf),
  constant(tf.IsNan, tf.isNaN),
  constant(tf.OnesLike, tf.onesLike),
  constant(tf.Round, tf.round, awayFromMultiples(0.5)),
  constant(tf.Sign, tf.sign, away0),
  constant(tf.Step, (x) => tf.step(x, 0.3), away0),
  constant(tf.ZerosLike, tf.zerosLike),
  constant(tf.Equal, (x) => tf.equal(x, 0.5), flat),
  constant(tf.NotEqual, (x) => tf.notEqual(x, 0.5), flat),
  constant(tf.Greater, (x) => tf.greater(x, 0.5), flat),
  constant(tf.GreaterEqual, (x) => tf.greaterEqual(x, 0.5), flat),
  constant(tf.Less, (x) => tf.less(x, 0.5), flat),
  constant(tf.LessEqual, (x) => tf.lessEqual(x, 0.5), flat),
  constant(tf.LogicalAnd, (x) => tf.logicalAnd(tf.less(x, 0.5), tf.less(0.5, x)), flat),
  constant(tf.LogicalOr, (x) => tf.logicalOr(tf.less(x, 0.5), tf.less(0.5, x)), flat),
  constant(tf.LogicalNot, (x) => tf.logicalNot(tf.less(x, 0.5)), flat),
  constant(tf.All, (x) => tf.all(tf.less(x, 0.5)), flat),
  constant(tf.Any, (x) => tf.any(tf.less(x, 0.5)), flat),
  gradientCase(tf.EluGrad, 'the gradient of elu', (random) => {
    const shape = random.shape();
    return {
      inputs: { dy: random.reals(shape), y: random.reals(shape, -0.9, 2, away0) },
      evaluate: ({ dy, y }) => tf.engine().runKernel(tf.EluGrad, { dy: dy!, y: y! }) as tf.Tensor,
    };
  }),
];
