import * as tf from '@tensorflow/tfjs-core';
import type { Composed } from './composed.ts';
import { conv3DFilter, conv3DInput, maxPool3D, maxPool3DGrad } from './volumes.ts';
import { cropAndResize, dilation, dilationFilter, dilationInput, maxPoolWithArgmax, rotate } from './wasm-images.ts';
import { type Attributes, collect, infoOf, patches, reached, type Shape4D } from './wasm-windows.ts';

/* Kernels of tfjs 4.22's wasm backend that give other numbers than its cpu backend. */

/** Functions whose code reads and writes floats whatever the type of the tensor is. */
const functions = [
  ...['Abs', 'Acos', 'Acosh', 'Asin', 'Asinh', 'Atan', 'Atanh', 'ClipByValue', 'Expm1', 'Log1p', 'Neg', 'Reciprocal'],
  ...['Relu', 'Relu6', 'Round', 'Selu', 'Sign', 'Sinh', 'Softplus', 'Square', 'Step'],
];

/** Such functions whose result is of one type whatever the argument is. */
const functionsOfOneType = ['Exp', 'IsFinite', 'IsInf', 'IsNan', 'LeakyRelu'];

const ofFloats: Composed = ({ x }, attributes, original) => original({ x: tf.cast(x!, 'float32') }, attributes);

/** Integers and booleans go through float and back. */
const throughFloat: Composed = ({ x }, attributes, original) =>
  x!.dtype === 'float32'
    ? original({ x: x! }, attributes)
    : cut(original({ x: tf.cast(x!, 'float32') }, attributes), x!.dtype);

/** As stored: cut towards 0; booleans are 0 or 1. */
const cut = (x: tf.Tensor, dtype: tf.DataType): tf.Tensor =>
  dtype === 'bool' ? tf.cast(tf.cast(x, 'int32'), 'bool') : tf.cast(x, dtype);

/** Kernels that move entries of four bytes: booleans go through integers. */
const throughInteger =
  (names: readonly string[]): Composed =>
  (inputs, attributes, original) => {
    if (names.every((name) => inputs[name]!.dtype !== 'bool')) return original(inputs, attributes);
    const whole = Object.fromEntries(names.map((name) => [name, tf.cast(inputs[name]!, 'int32')]));
    return tf.cast(original({ ...inputs, ...whole }, attributes), 'bool');
  };

/** As `throughInteger`, where the result has a type of its own. */
const ofIntegers =
  (names: readonly string[]): Composed =>
  (inputs, attributes, original) => {
    const whole = names.map((name) => [
      name,
      inputs[name]!.dtype === 'bool' ? tf.cast(inputs[name]!, 'int32') : inputs[name]!,
    ]);
    return original({ ...inputs, ...Object.fromEntries(whole) }, attributes);
  };

const cast: Composed = ({ x }, attributes: { dtype: tf.DataType }, original) =>
  attributes.dtype === 'bool' && x!.dtype !== 'bool'
    ? tf.notEqual(x!, tf.zeros([], x!.dtype as 'float32'))
    : original({ x: x! }, attributes);

/** The kernel writes floats whatever the type is. */
const stridedSlice: Composed = ({ x }, attributes, original) =>
  x!.dtype === 'float32'
    ? original({ x: x! }, attributes)
    : tf.cast(original({ x: tf.cast(x!, 'float32') }, attributes), x!.dtype);

/** The kernel writes integers whatever the type is. */
const oneHot: Composed = (inputs, attributes: { dtype: tf.DataType }, original) =>
  tf.cast(original(inputs, { ...(attributes as object), dtype: 'int32' }), attributes.dtype);

/** The kernel has slopes along the last axis only. */
const prelu: Composed = ({ x, alpha }) => tf.add(tf.relu(x!), tf.mul(alpha!, tf.minimum(x!, 0)));

/** The kernel reads the first batch for all. */
const gather: Composed = ({ x, indices }, attributes: { axis: number; batchDims: number }, original) => {
  const { axis, batchDims } = attributes;
  if (batchDims === 0) return original({ x: x!, indices: indices! }, attributes);
  if (axis !== batchDims)
    throw new RangeError(`A gather with batchDims ${batchDims} needs axis ${batchDims}. Found ${axis}.`);
  const batches = tf.util.sizeFromShape(x!.shape.slice(0, axis));
  const length = x!.shape[axis]!;
  const rest = x!.shape.slice(axis + 1);
  const starts = tf.mul(tf.range(0, batches, 1, 'int32'), tf.scalar(length, 'int32'));
  const places = tf.add(tf.reshape(indices!, [batches, -1]), tf.reshape(starts, [batches, 1]));
  const rows = tf.gather(tf.reshape(x!, [batches * length, ...rest]), tf.reshape(places, [-1]));
  return tf.reshape(rows, [...indices!.shape, ...rest]);
};

/** The kernels leave sums and products over nothing as the memory was. */
const reduction =
  (ofNothing: 0 | 1): Composed =>
  ({ x }, attributes: { axis: number[]; keepDims: boolean }, original) => {
    if (x!.size > 0) return original({ x: x! }, attributes);
    const { axis, keepDims } = attributes;
    const axes = tf.util.parseAxisParam(axis, x!.shape);
    const [shape] = tf.backend_util.computeOutAndReduceShapes(x!.shape, axes);
    const whole = keepDims ? tf.backend_util.expandShapeToKeepDim(shape, axes) : shape;
    return tf.fill(whole, ofNothing, x!.dtype === 'bool' ? 'int32' : (x!.dtype as 'float32'));
  };

/** The kernel does not know booleans. */
const topK: Composed<tf.Tensor[]> = ({ x }, attributes, _, originals) => {
  if (x!.dtype !== 'bool') return originals({ x: x! }, attributes);
  const [values, indices] = originals({ x: tf.cast(x!, 'int32') }, attributes);
  return [tf.cast(values!, 'bool'), indices!];
};

type MatMul = { transposeA: boolean; transposeB: boolean };

/** The kernel leaves products over nothing as the memory was, and refuses integers. */
const matMul: Composed = ({ a, b }, attributes: MatMul, original, originals) => {
  if (a!.dtype !== 'float32') {
    const floats = { a: tf.cast(a!, 'float32'), b: tf.cast(b!, 'float32') };
    return tf.cast(matMul(floats, attributes as never, original, originals), a!.dtype);
  }
  if (a!.size > 0 && b!.size > 0) return original({ a: a!, b: b! }, attributes);
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(a!.shape.slice(0, -2), b!.shape.slice(0, -2));
  const rows = a!.shape.at(attributes.transposeA ? -1 : -2)!;
  const columns = b!.shape.at(attributes.transposeB ? -2 : -1)!;
  return tf.zeros([...batch, rows, columns]);
};

/** The kernel adds the bias of one column to a whole row of a product with a transposed matrix, and nothing to a product over nothing. */
const fusedMatMul: Composed = ({ a, b, ...others }, attributes: MatMul, original) => {
  const turned = (x: tf.Tensor, isTransposed: boolean) =>
    isTransposed ? tf.transpose(x, [...Array(x.rank - 2).keys(), x.rank - 1, x.rank - 2]) : x;
  const { transposeA, transposeB } = attributes;
  const [left, right] = [turned(a!, transposeA), turned(b!, transposeB)];
  const one = (x: tf.Tensor, axis: number) => tf.zeros(x.shape.map((size, index) => (index === axis ? 1 : size)));
  const isOverNothing = left.shape.at(-1) === 0;
  const matrices = isOverNothing
    ? { a: one(left, left.rank - 1), b: one(right, right.rank - 2) }
    : { a: left, b: right };
  return original({ ...matrices, ...others }, { ...(attributes as object), transposeA: false, transposeB: false });
};

/** The kernel is wrong about paddings in numbers, and about 'same' where the filter steps over entries: x is padded before. */
const convolution =
  (depthwise: boolean): Composed =>
  ({ x, filter, ...others }, attributes: Attributes, original) => {
    if (attributes.pad === 'valid') return original({ x: x!, filter: filter!, ...others }, attributes);
    const info = infoOf(x!.shape as Shape4D, filter!.shape as Shape4D, attributes, depthwise);
    const { strideHeight, strideWidth, effectiveFilterHeight, effectiveFilterWidth } = info;
    const stepsOver = strideHeight > effectiveFilterHeight || strideWidth > effectiveFilterWidth;
    if (attributes.pad === 'same' && !stepsOver) return original({ x: x!, filter: filter!, ...others }, attributes);
    return original(
      { x: reached(x as tf.Tensor4D, info), filter: filter!, ...others },
      { ...attributes, pad: 'valid' },
    );
  };

/** The kernel gives nothing to maxima that are not above 0. Here the first of equal maxima gets all, as in tfjs's cpu backend. */
const maxPoolGradient: Composed = (
  { dy, input, output },
  attributes: Attributes & { filterSize: number | [number, number] },
) => {
  const [height, width] = [attributes.filterSize, attributes.filterSize].flat() as [number, number];
  const channels = input!.shape[3]!;
  const info = infoOf(input!.shape as Shape4D, [height, width, channels, 1], attributes, true);
  let left = dy!;
  const parts = patches(input as tf.Tensor4D, info, Number.NEGATIVE_INFINITY).map((patch) => {
    const part = tf.mul(left, tf.cast(tf.equal(patch, output!), 'float32'));
    left = tf.sub(left, part);
    return part as tf.Tensor4D;
  });
  return collect(parts, info);
};

export const wasmCorrections: Readonly<Record<string, Composed<tf.Tensor | tf.Tensor[]>>> = {
  ...Object.fromEntries(functions.map((name) => [name, throughFloat])),
  ...Object.fromEntries(functionsOfOneType.map((name) => [name, ofFloats])),
  _FusedMatMul: fusedMatMul,
  BatchMatMul: matMul,
  Cast: cast,
  Conv2D: convolution(false),
  Conv3DBackpropFilterV2: conv3DFilter,
  Conv3DBackpropInputV2: conv3DInput,
  CropAndResize: cropAndResize,
  DepthwiseConv2dNative: convolution(true),
  Dilation2D: dilation,
  Dilation2DBackpropFilter: dilationFilter,
  Dilation2DBackpropInput: dilationInput,
  FusedConv2D: convolution(false),
  FusedDepthwiseConv2D: convolution(true),
  GatherV2: gather,
  MaxPool3D: maxPool3D,
  MaxPool3DGrad: maxPool3DGrad,
  MaxPoolGrad: maxPoolGradient,
  MaxPoolWithArgmax: maxPoolWithArgmax,
  OneHot: oneHot,
  Prelu: prelu,
  Prod: reduction(1),
  Reverse: throughInteger(['x']),
  RotateWithOffset: rotate,
  SearchSorted: ofIntegers(['sortedSequence', 'values']),
  Select: throughInteger(['t', 'e']),
  StridedSlice: stridedSlice,
  Sum: reduction(0),
  TopK: topK,
};
