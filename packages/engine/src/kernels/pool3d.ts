import { backend_util } from '@tensorflow/tfjs-core';
import type { Spec } from '../graph.ts';
import { type Sliding, spread, tap } from './conv-window.ts';
import type { Emitter, Kernel } from './kernel.ts';
import { folded, toFirst } from './pool.ts';

/* Pools over volumes, one axis after another: columns, then rows, then depth. */

type Triple = [number, number, number];

type PoolAttributes = {
  readonly filterSize: number | Triple;
  readonly strides: number | Triple;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | null;
};

const infoOf = ({ shape }: Spec, { filterSize, strides, pad, dimRoundingMode }: PoolAttributes) =>
  backend_util.computePool3DInfo(
    [...shape] as [number, number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode ?? undefined,
    'NDHWC',
  );

/** The windows along axes 1, 2 and 3. */
function slidings(x: Spec, attributes: PoolAttributes): [Sliding, Sliding, Sliding] {
  const info = infoOf(x, attributes);
  const { front, top, left } = info.padInfo;
  const axis = (length: number, count: number, size: number, stride: number, before: number): Sliding => ({
    ...{ length, count, size, stride, before, dilation: 1 },
    after: (count - 1) * stride + size - before - length,
  });
  return [
    axis(info.inDepth, info.outDepth, info.filterDepth, info.strideDepth, front),
    axis(info.inHeight, info.outHeight, info.filterHeight, info.strideHeight, top),
    axis(info.inWidth, info.outWidth, info.filterWidth, info.strideWidth, left),
  ];
}

const axes = [3, 2, 1] as const;

const infer: Kernel['infer'] = ({ x }, attributes: PoolAttributes) => [
  { shape: infoOf(x!, attributes).outShape, dtype: 'float32' },
];

const inferGradient: Kernel['infer'] = ({ input }) => [{ shape: input!.shape, dtype: 'float32' }];

/** The taps along each axis in turn and what is left after it: the last entry is the pool. */
function pooled(emit: Emitter, x: string, windows: readonly Sliding[], type: 'Max' | 'Sum', fill: number) {
  const pads = (side: 'before' | 'after') => [0, ...windows.map((window) => Math.max(0, window[side])), 0];
  const around = [...pads('before'), ...pads('after')];
  let rest = around.every((pad) => pad === 0) ? x : emit.op('Pad', [x, emit.int64(around), emit.float([fill], [])]);
  return axes.map((axis) => {
    const window = windows[axis - 1]!;
    const from = rest;
    const taps = Array.from({ length: window.size }, (_, index) => tap(emit, from, axis, window, index));
    rest = folded(emit, type, taps);
    return { taps, result: rest };
  });
}

/** Sends dy back through the axes in the opposite order; `shares` gives what every tap of an axis gets. */
function unpooled(
  emit: Emitter,
  dy: string,
  { shape }: Spec,
  windows: readonly Sliding[],
  shares: (axis: 1 | 2 | 3, dy: string) => string[],
): string {
  let size = [...shape];
  return ([1, 2, 3] as const).reduce((rest, axis) => {
    const window = windows[axis - 1]!;
    const back = spread(emit, shares(axis, rest), size, axis, window);
    size = size.map((length, index) => (index === axis ? window.length : length));
    return back;
  }, dy);
}

const maxPool3D: Kernel = {
  infer,
  lower: (emit, { names, inputs, attributes }) => {
    const windows = slidings(inputs.x!, attributes as PoolAttributes);
    return [pooled(emit, names.x!, windows, 'Max', Number.NEGATIVE_INFINITY).at(-1)!.result];
  },
};

/** The last of equal maxima has the gradient, as on tfjs's cpu backend. */
const maxPool3DGrad: Kernel = {
  infer: inferGradient,
  lower: (emit, { names, inputs, attributes }) => {
    const windows = slidings(inputs.input!, attributes as PoolAttributes);
    const steps = pooled(emit, names.input!, windows, 'Max', Number.NEGATIVE_INFINITY);
    // an axis that is not sent back yet still has its padding
    const whole = (window: Sliding): Sliding => {
      const length = window.before + window.length + Math.max(0, window.after);
      return { ...window, length, before: 0 };
    };
    const dx = unpooled(emit, names.dy!, inputs.dy!, windows.map(whole), (axis, dy) => {
      const { taps, result } = steps[3 - axis]!;
      return toFirst(emit, [...taps].reverse(), result, dy).reverse();
    });
    if (windows.every(({ before, after }) => before === 0 && after <= 0)) return [dx];
    const starts = windows.map(({ before }) => before);
    const ends = windows.map(({ before, length }) => before + length);
    return [emit.op('Slice', [dx, emit.int64(starts), emit.int64(ends), emit.int64([1, 2, 3])])];
  },
};

/** 1 / the number of entries of the volume in each window, as a product of one factor per axis. */
function weighted(emit: Emitter, x: string, windows: readonly Sliding[]): string {
  return windows.reduce((scaled, { length, count, size, stride, before }, index) => {
    const shares = Array.from({ length: count }, (_, place) => {
      const start = place * stride - before;
      return 1 / Math.max(1, Math.min(length, start + size) - Math.max(0, start));
    });
    const isSame = shares.every((share) => share === shares[0]);
    const shape = isSame ? [] : [count, ...new Array<number>(3 - index).fill(1)];
    return emit.op('Mul', [scaled, emit.float(isSame ? [shares[0]!] : shares, shape)]);
  }, x);
}

const avgPool3D: Kernel = {
  infer,
  lower: (emit, { names, inputs, attributes }) => {
    const windows = slidings(inputs.x!, attributes as PoolAttributes);
    return [weighted(emit, pooled(emit, names.x!, windows, 'Sum', 0).at(-1)!.result, windows)];
  },
};

/** Every entry of a window has the same share. tfjs's own kernels divide by the window's size also where padding makes it smaller. */
const avgPool3DGrad: Kernel = {
  infer: inferGradient,
  lower: (emit, { names, inputs, attributes }) => {
    const windows = slidings(inputs.input!, attributes as PoolAttributes);
    const dy = weighted(emit, names.dy!, windows);
    return [unpooled(emit, dy, inputs.dy!, windows, (axis, rest) => new Array(windows[axis - 1]!.size).fill(rest))];
  },
};

export const volumePools: Record<string, Kernel> = {
  AvgPool3D: avgPool3D,
  AvgPool3DGrad: avgPool3DGrad,
  MaxPool3D: maxPool3D,
  MaxPool3DGrad: maxPool3DGrad,
};
