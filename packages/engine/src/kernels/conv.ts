import type { Spec } from '../graph.ts';
import { blockedConvolution, type Epilogue } from './conv-blocked.ts';
import {
  type Axes,
  axesOf,
  convInfo,
  padded,
  paddedFor,
  range,
  type Shape4,
  type Sliding,
  shape4,
  spread,
  tap,
  type WindowAttributes,
} from './conv-window.ts';
import type { Call, Emitter, Kernel } from './kernel.ts';
import { filled, reshaped } from './shape.ts';

/*
 * Convolutions stay in tfjs's NHWC: the windows of the input become the rows of a matrix, and forward pass and both gradients are one
 * Gemm each. Forward pass and filter gradient use the same matrix.
 */

/** 64 MiB: above it the matrix is not worth its memory, and ONNX Runtime's Conv, which makes it image by image, is used. */
const largestMatrix = 2 ** 24;

/** 8 MiB: below it the matrix stays in the processor's cache, and Gemm is as fast as a blocked convolution. */
const smallestBlocked = 2 ** 21;

/** 4 MiB: up to it few operations on the whole matrix are faster than many on its parts, which read memory in order. */
const largestCollected = 2 ** 20;

const channelsFirst = [0, 3, 1, 2];
const channelsLast = [0, 2, 3, 1];
const transposed = (emit: Emitter, name: string, perm: readonly number[]) => emit.op('Transpose', [name], { perm });

const isFirst = (attributes: unknown) => (attributes as WindowAttributes).dataFormat === 'NCHW';
const toLast = (emit: Emitter, name: string, attributes: unknown) =>
  isFirst(attributes) ? transposed(emit, name, channelsLast) : name;
const fromLast = (emit: Emitter, name: string, attributes: unknown) =>
  isFirst(attributes) ? transposed(emit, name, channelsFirst) : name;

const lastShape = (spec: Spec, attributes: unknown): Shape4 => {
  const [batch, a, b, c] = shape4(spec);
  return isFirst(attributes) ? [batch, b, c, a] : [batch, a, b, c];
};

const counts = ([, rows, columns]: Shape4) => [rows, columns] as const;

const pixels = ([batch, rows, columns]: Shape4) => batch * rows * columns;

/** Length of an axis with the padding that its windows reach. */
const wholeLength = ({ length, before, after }: Sliding) => before + length + Math.max(0, after);

const matrixColumns = ([rows, columns]: Axes, channels: number) => rows.size * columns.size * channels;

/** Every window of the padded `x` as a row in the order of a filter: [batch·rows·columns, height·width·channels]. */
function windows(emit: Emitter, x: string, axes: Axes, [batch, , , channels]: Shape4): string {
  const [rows, columns] = axes;
  const shape = [batch * rows.count * columns.count, matrixColumns(axes, channels)];
  const isPointwise = axes.every((axis) => axis.size === 1 && axis.stride === 1 && wholeLength(axis) === axis.count);
  if (isPointwise) return reshaped(emit, x, shape);
  const flat = reshaped(emit, x, [batch, wholeLength(rows) * wholeLength(columns), channels]);
  return reshaped(emit, emit.op('Gather', [flat, places(emit, axes)], { axis: 1 }), shape);
}

/** Which pixel of a padded image each entry of each window is. */
function places(emit: Emitter, [rows, columns]: Axes): string {
  const width = wholeLength(columns);
  const multiples = (count: number, step: number, shape: readonly number[]) =>
    reshaped(emit, range(emit, 0, count * step, step), shape);
  const window = emit.op('Add', [
    multiples(rows.count, rows.stride * width, [rows.count, 1, 1, 1]),
    multiples(columns.count, columns.stride, [columns.count, 1, 1]),
  ]);
  const entry = emit.op('Add', [
    multiples(rows.size, rows.dilation * width, [rows.size, 1]),
    multiples(columns.size, columns.dilation, [columns.size]),
  ]);
  return reshaped(emit, emit.op('Add', [window, entry]), [rows.count * columns.count * rows.size * columns.size]);
}

/** ONNX's Conv on NHWC, with a filter [out, in / group, height, width]. */
export function convolve(emit: Emitter, x: string, filter: string, axes: Axes, group = 1): string {
  // Conv takes no negative pads, and would count the windows of a long tail that tfjs leaves out
  const fits = axes.every(({ before, after, stride }) => before >= 0 && -after < stride);
  const [rows, columns] = axes.map(({ before, after }) => [before, after]);
  const used = fits ? x : padded(emit, x, rows!, columns!);
  const result = emit.op('Conv', [transposed(emit, used, channelsFirst), filter], {
    group,
    kernel_shape: axes.map(({ size }) => size),
    strides: axes.map(({ stride }) => stride),
    dilations: axes.map(({ dilation }) => dilation),
    pads: fits ? [...axes.map(({ before }) => before), ...axes.map(({ after }) => Math.max(0, after))] : [0, 0, 0, 0],
  });
  return transposed(emit, result, channelsLast);
}

/** An NHWC convolution with tfjs's filter [height, width, in, out]. */
function convolution(
  emit: Emitter,
  x: string,
  filter: string,
  axes: Axes,
  shape: Shape4,
  filterShape: Shape4,
  epilogue: Epilogue = {},
): string {
  const [, , inputs, outputs] = filterShape;
  const [rows, columns] = axes;
  const size = matrixColumns(axes, inputs);
  const outShape: Shape4 = [shape[0], rows.count, columns.count, outputs];
  const entries = pixels(outShape) * size;
  if (entries > smallestBlocked) {
    const blocked = blockedConvolution(emit, x, filter, axes, filterShape, epilogue);
    if (blocked !== undefined) return blocked;
  }
  const matrix = () => windows(emit, paddedFor(emit, x, axes), axes, shape);
  const result =
    entries > largestMatrix
      ? convolve(emit, x, transposed(emit, filter, [3, 2, 0, 1]), axes)
      : reshaped(emit, emit.op('Gemm', [matrix(), reshaped(emit, filter, [size, outputs])]), outShape);
  const biased = epilogue.bias === undefined ? result : emit.op('Add', [result, epilogue.bias]);
  return epilogue.relu ? emit.op('Relu', [biased]) : biased;
}

const infer: Kernel['infer'] = ({ x, filter }, attributes: WindowAttributes) => [
  { shape: convInfo(x!.shape, filter!.shape, attributes).outShape, dtype: 'float32' },
];

export function lowerConv2D(emit: Emitter, { names, inputs, attributes }: Call, epilogue: Epilogue = {}): string {
  const axes = axesOf(convInfo(inputs.x!.shape, inputs.filter!.shape, attributes as WindowAttributes));
  const filterShape = shape4(inputs.filter!);
  const x = toLast(emit, names.x!, attributes);
  return fromLast(
    emit,
    convolution(emit, x, names.filter!, axes, lastShape(inputs.x!, attributes), filterShape, epilogue),
    attributes,
  );
}

/**
 * The filter gradient for few input channels, such as those of an image: windowsᵀ is put together tap by tap, with the pixels as its rows,
 * because single pixels are too small to be gathered.
 */
function tapsOfFew(
  emit: Emitter,
  x: string,
  dy: string,
  [rows, columns]: Axes,
  [, , , channels]: Shape4,
  positions: number,
  dyChannels: number,
): string {
  // [channels, batch, height, width]; tap does not look at the axes before its own
  const planes = transposed(emit, x, [3, 0, 1, 2]);
  const shifted = Array.from({ length: columns.size }, (_, index) => tap(emit, planes, 3, columns, index));
  const taps = Array.from({ length: rows.size }, (_, row) =>
    shifted.map((name) => tap(emit, name, 2, rows, row)),
  ).flat();
  const matrix = reshaped(emit, emit.op('Concat', taps, { axis: 0 }), [taps.length * channels, positions]);
  return emit.op('Gemm', [matrix, reshaped(emit, dy, [positions, dyChannels])]);
}

/** windowsᵀ · dy, over as many images at a time as the matrix may hold. */
const conv2DBackpropFilter: Kernel = {
  infer: (_, { filterShape }: { filterShape: number[] }) => [{ shape: filterShape, dtype: 'float32' }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const filterShape = outputs[0]!.shape;
    const shape = lastShape(inputs.x!, attributes);
    const dyShape = lastShape(inputs.dy!, attributes);
    const [batch, ...image] = shape;
    const [, dyRows, dyColumns, dyChannels] = dyShape;
    const axes = axesOf(convInfo(inputs.x!.shape, filterShape, attributes as WindowAttributes), counts(dyShape));
    const x = paddedFor(emit, toLast(emit, names.x!, attributes), axes);
    const dy = toLast(emit, names.dy!, attributes);
    if (batch === 0) return [filled(emit, 0, outputs[0]!)];
    if (shape[3] < 8)
      return [reshaped(emit, tapsOfFew(emit, x, dy, axes, shape, pixels(dyShape), dyChannels), filterShape)];
    const entries = dyRows * dyColumns * matrixColumns(axes, shape[3]);
    const step = Math.max(1, Math.min(batch, Math.floor(largestMatrix / entries)));
    let sum: string | undefined;
    for (let first = 0; first < batch; first += step) {
      const end = Math.min(batch, first + step);
      const part = (name: string) =>
        step === batch ? name : emit.op('Slice', [name, emit.int64([first]), emit.int64([end]), emit.int64([0])]);
      const matrix = windows(emit, part(x), axes, [end - first, ...image]);
      const gradient = reshaped(emit, part(dy), [(end - first) * dyRows * dyColumns, dyChannels]);
      sum = emit.op('Gemm', [matrix, gradient, ...(sum === undefined ? [] : [sum])], { transA: 1 });
    }
    return [reshaped(emit, sum!, filterShape)];
  },
};

/** The windows of dy that, with the flipped filter, are the gradient of the input at stride 1. */
export const backwards = (axes: Axes): Axes => {
  const axis = ({ length, count, size, dilation, before }: Sliding): Sliding => {
    const reach = (size - 1) * dilation;
    return {
      length: count,
      count: length,
      size,
      stride: 1,
      dilation,
      before: reach - before,
      after: length + before - count,
    };
  };
  return [axis(axes[0]), axis(axes[1])];
};

/** A filter [height, width, …], both reversed. */
export const flipped = (emit: Emitter, filter: string): string =>
  emit.op('Slice', [
    filter,
    emit.int64([-1, -1]),
    emit.int64([-(2 ** 31), -(2 ** 31)]),
    emit.int64([0, 1]),
    emit.int64([-1, -1]),
  ]);

const conv2DBackpropInput: Kernel = {
  infer: (_, { inputShape }: { inputShape: number[] }) => [{ shape: inputShape, dtype: 'float32' }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const filterShape = shape4(inputs.filter!);
    const [height, width, channels, dyChannels] = filterShape;
    const dyShape = lastShape(inputs.dy!, attributes);
    const axes = axesOf(convInfo(outputs[0]!.shape, filterShape, attributes as WindowAttributes), counts(dyShape));
    const dy = toLast(emit, names.dy!, attributes);
    // as windows of dy when that is the smaller matter: they need the filter in another order
    const isSmallFilter = 2 * dyChannels < pixels(dyShape);
    if (isSmallFilter && axes.every(({ stride }) => stride === 1)) {
      const filter = transposed(emit, flipped(emit, names.filter!), [0, 1, 3, 2]);
      const dx = convolution(emit, dy, filter, backwards(axes), dyShape, [height, width, dyChannels, channels]);
      return [fromLast(emit, dx, attributes)];
    }
    const rows = reshaped(emit, dy, [pixels(dyShape), dyChannels]);
    const matrix = emit.op('Gemm', [rows, reshaped(emit, names.filter!, [height * width * channels, dyChannels])], {
      transB: 1,
    });
    if (pixels(dyShape) * matrixColumns(axes, channels) <= largestCollected)
      return [fromLast(emit, collected(emit, matrix, axes, lastShape(outputs[0]!, attributes)), attributes)];
    const tapShape: Shape4 = [dyShape[0], dyShape[1], dyShape[2], channels];
    const sizes = emit.int64(new Array<number>(height * width).fill(channels));
    const taps = emit
      .ops('Split', [matrix, sizes], height * width, { axis: 1 })
      .map((tap) => reshaped(emit, tap, tapShape));
    return [fromLast(emit, spreadBoth(emit, taps, tapShape, axes), attributes)];
  },
};

/**
 * The transpose of `windows`: of a matrix with a row for each window, in the order of a filter, every pixel of `shape` has the sum of the
 * entries that are its own.
 */
function collected(emit: Emitter, matrix: string, axes: Axes, [batch, height, width, channels]: Shape4): string {
  const [rows, columns] = axes;
  const perWindow = rows.size * columns.size;
  const entries = rows.count * columns.count * perWindow;
  const [above, beside] = axes.map((axis) => Array.from({ length: axis.length }, (_, at) => meetings(axis, at)));
  const own = above!.flatMap((vertical) =>
    beside!.map((horizontal) =>
      vertical.flatMap(([row, y]) =>
        horizontal.map(([column, x]) => (row * columns.count + column) * perWindow + y * columns.size + x),
      ),
    ),
  );
  // not Math.max of a list: a large image has more pixels than a call may have arguments
  const most = own.reduce((longest, { length }) => Math.max(longest, length), 0);
  const isEqual = own.every((list) => list.length === most);
  const parts = reshaped(emit, matrix, [batch, entries, channels]);
  // a row of zeros behind the others, for pixels with fewer than most
  const all = isEqual ? parts : emit.op('Pad', [parts, emit.int64([0, 0, 0, 0, 1, 0])]);
  const indices = own.flatMap((list) => [...list, ...new Array<number>(most - list.length).fill(entries)]);
  const gathered = emit.op('Gather', [all, emit.int32(indices, [height * width, most])], { axis: 1 });
  const sums = most === 1 ? gathered : emit.op('ReduceSum', [gathered, emit.int64([2])], { keepdims: 0 });
  return reshaped(emit, sums, [batch, height, width, channels]);
}

/** Which windows see a place of an axis, and as which of their entries. */
const meetings = ({ count, size, stride, dilation, before }: Sliding, at: number): [window: number, entry: number][] =>
  Array.from({ length: size }, (_, entry): [number, number] => [
    (at + before - entry * dilation) / stride,
    entry,
  ]).filter(([window]) => Number.isInteger(window) && window >= 0 && window < count);

/** All taps of windows of rows and columns, added where they came from. `shape` is that of a tap. */
export function spreadBoth(emit: Emitter, taps: readonly string[], shape: Shape4, [rows, columns]: Axes): string {
  const [batch, height, , channels] = shape;
  const perRow = Array.from({ length: rows.size }, (_, row) =>
    spread(emit, taps.slice(row * columns.size, (row + 1) * columns.size), shape, 2, columns),
  );
  return spread(emit, perRow, [batch, height, columns.length, channels], 1, rows);
}

export const convolutions: Record<string, Kernel> = {
  Conv2D: { infer, lower: (emit, call) => [lowerConv2D(emit, call)] },
  Conv2DBackpropFilter: conv2DBackpropFilter,
  Conv2DBackpropInput: conv2DBackpropInput,
};
