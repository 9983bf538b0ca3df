import { backend_util } from '@tensorflow/tfjs-core';
import type { Spec } from '../graph.ts';
import { type Axes, axesOf, paddedFor, type Sliding, spread, tap, type WindowAttributes } from './conv-window.ts';
import { castTo, type Emitter, type Kernel } from './kernel.ts';

/*
 * Pools are separable: the columns of every row first, then the rows. So a window of h × w costs h + w steps, in tfjs's own NHWC.
 */

type PoolAttributes = WindowAttributes & { readonly filterSize: number | [number, number] };

const poolInfo = ({ shape }: Spec, { filterSize, strides, pad, dimRoundingMode }: PoolAttributes) =>
  backend_util.computePool2DInfo(
    [...shape] as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode ?? undefined,
  );

const counts = ({ shape }: Spec) => [shape[1]!, shape[2]!] as const;

const infer: Kernel['infer'] = ({ x }, attributes: PoolAttributes) => [
  { shape: poolInfo(x!, attributes).outShape, dtype: x!.dtype },
];

const inferGradient: Kernel['infer'] = ({ input }) => [{ shape: input!.shape, dtype: 'float32' }];

const tapsOf = (emit: Emitter, x: string, axis: number, sliding: Sliding): string[] =>
  Array.from({ length: sliding.size }, (_, index) => tap(emit, x, axis, sliding, index));

export const folded = (emit: Emitter, type: 'Max' | 'Sum', taps: readonly string[]) =>
  taps.length > 1 ? emit.op(type, taps) : taps[0]!;

/** Largest entries of the windows of each row, then of those. */
function maxima(emit: Emitter, x: string, axes: Axes) {
  const columnTaps = tapsOf(emit, paddedFor(emit, x, axes, Number.NEGATIVE_INFINITY), 2, axes[1]);
  const rowMaxima = folded(emit, 'Max', columnTaps);
  const rowTaps = tapsOf(emit, rowMaxima, 1, axes[0]);
  return { columnTaps, rowMaxima, rowTaps, maxima: folded(emit, 'Max', rowTaps) };
}

/** dy goes to the first tap that equals the maximum. What no other tap took, the last one takes. */
export function toFirst(emit: Emitter, taps: readonly string[], maximum: string, dy: string): string[] {
  let rest = dy;
  return taps.map((name, index) => {
    if (index === taps.length - 1) return rest;
    const taken = emit.op('Mul', [rest, emit.op('Cast', [emit.op('Equal', [name, maximum])], { to: 1 })]);
    rest = emit.op('Sub', [rest, taken]);
    return taken;
  });
}

const maxPool: Kernel = {
  infer,
  lower: (emit, { names, inputs, attributes }) => [
    maxima(emit, names.x!, axesOf(poolInfo(inputs.x!, attributes as never))).maxima,
  ],
};

/** The first of equal maxima, row by row, has the gradient: the first row that holds it, in that row the first column. */
const maxPoolGrad: Kernel = {
  infer: inferGradient,
  lower: (emit, { names, inputs, attributes }) => {
    const [batch, , , channels] = inputs.input!.shape;
    const [rows, columns] = axesOf(poolInfo(inputs.input!, attributes as never), counts(inputs.dy!));
    const found = maxima(emit, names.input!, [rows, columns]);
    const whole = rows.length + rows.before + Math.max(0, rows.after);
    const rowGradient = toFirst(emit, found.rowTaps, found.maxima, names.dy!);
    // in padded rows, of which the taps of the columns are made
    const paddedRows = { ...rows, length: whole, before: 0 };
    const dRows = spread(emit, rowGradient, inputs.dy!.shape, 1, paddedRows);
    const columnGradient = toFirst(emit, found.columnTaps, found.rowMaxima, dRows);
    const dColumns = spread(emit, columnGradient, [batch!, whole, columns.count, channels!], 2, columns);
    if (whole === rows.length) return [dColumns];
    return [
      emit.op('Slice', [dColumns, emit.int64([rows.before]), emit.int64([rows.before + rows.length]), emit.int64([1])]),
    ];
  },
};

/** 1 / the number of entries that each window has inside the image, [1, rows, columns, 1]; one number where all have as many. */
function weights(emit: Emitter, [rows, columns]: Axes): string {
  const inside = ({ count, stride, size, before, length }: Sliding) =>
    Array.from({ length: count }, (_, index) => {
      const start = index * stride - before;
      return Math.max(0, Math.min(length, start + size) - Math.max(0, start));
    });
  const values = inside(rows).flatMap((height) => inside(columns).map((width) => 1 / (height * width)));
  if (values.every((value) => value === values[0])) return emit.float([values[0]!], []);
  return emit.float(values, [1, rows.count, columns.count, 1]);
}

const avgPool: Kernel = {
  infer,
  lower: (emit, { names, inputs, attributes }) => {
    const axes = axesOf(poolInfo(inputs.x!, attributes as never));
    const [rows, columns] = axes;
    const sums = folded(emit, 'Sum', tapsOf(emit, paddedFor(emit, names.x!, axes), 2, columns));
    return [emit.op('Mul', [folded(emit, 'Sum', tapsOf(emit, sums, 1, rows)), weights(emit, axes)])];
  },
};

/** Which entry of the image the first of each window is, [rows, columns, channels]; what its taps are is the same for all windows. */
export function firstPlaces([rows, columns]: Axes, width: number, channels: number): number[] {
  return Array.from({ length: rows.count * columns.count * channels }, (_, index) => {
    const [pixel, channel] = [Math.floor(index / channels), index % channels];
    const row = Math.floor(pixel / columns.count) * rows.stride - rows.before;
    const column = (pixel % columns.count) * columns.stride - columns.before;
    return (row * width + column) * channels + channel;
  });
}

type Argmax = PoolAttributes & { readonly includeBatchInIndex: boolean };

/** Maxima and which entry of the image, or of the batch of images, each is: the first of equal ones in the order of memory. */
const maxPoolWithArgmax: Kernel = {
  infer: ({ x }, attributes: Argmax) => {
    const { outShape } = poolInfo(x!, attributes);
    return [
      { shape: outShape, dtype: x!.dtype },
      { shape: outShape, dtype: 'int32' },
    ];
  },
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { shape, dtype } = inputs.x!;
    const [batch, height, width, channels] = shape as [number, number, number, number];
    const axes = axesOf(poolInfo(inputs.x!, attributes as never));
    const [rows, columns] = axes;
    const x = dtype === 'float32' ? names.x! : castTo(emit, names.x!, 'float32');
    const columnTaps = tapsOf(emit, paddedFor(emit, x, axes, Number.NEGATIVE_INFINITY), 2, columns);
    const taps = Array.from({ length: rows.size }, (_, row) =>
      columnTaps.map((name) => tap(emit, name, 1, rows, row)),
    ).flat();
    const largest = folded(emit, 'Max', taps);
    const offset = taps
      .map((name, index) => ({
        name,
        place: emit.int32([(Math.floor(index / columns.size) * width + (index % columns.size)) * channels], []),
      }))
      .reduceRight<string | undefined>(
        (later, { name, place }) =>
          later === undefined ? place : emit.op('Where', [emit.op('Equal', [name, largest]), place, later]),
        undefined,
      );
    const inImage = emit.op('Add', [
      emit.int32(firstPlaces(axes, width, channels), [1, rows.count, columns.count, channels]),
      offset!,
    ]);
    const { includeBatchInIndex } = attributes as Argmax;
    const images = Array.from({ length: batch }, (_, image) =>
      includeBatchInIndex ? image * height * width * channels : 0,
    );
    const indices = emit.op('Add', [inImage, emit.int32(images, [batch, 1, 1, 1])]);
    const values = dtype === 'float32' ? largest : castTo(emit, largest, dtype);
    return [values, emit.op('Expand', [indices, emit.int64(outputs[1]!.shape)])];
  },
};

/** Every entry of a window has the same share of its gradient: 1 / the size of the window, also where it reaches into the padding. */
const avgPoolGrad: Kernel = {
  infer: inferGradient,
  lower: (emit, { names, inputs, attributes }) => {
    const [rows, columns] = axesOf(poolInfo(inputs.input!, attributes as never), counts(inputs.dy!));
    const { shape } = inputs.dy!;
    const share = emit.op('Mul', [names.dy!, emit.float([1 / (rows.size * columns.size)], [])]);
    const dRows = spread(emit, new Array<string>(rows.size).fill(share), shape, 1, rows);
    return [
      spread(
        emit,
        new Array<string>(columns.size).fill(dRows),
        [shape[0]!, rows.length, shape[2]!, shape[3]!],
        2,
        columns,
      ),
    ];
  },
};

export const pools: Record<string, Kernel> = {
  AvgPool: avgPool,
  AvgPoolGrad: avgPoolGrad,
  MaxPool: maxPool,
  MaxPoolGrad: maxPoolGrad,
  MaxPoolWithArgmax: maxPoolWithArgmax,
};
