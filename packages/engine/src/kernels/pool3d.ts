import { backend_util } from '@tensorflow/tfjs-core';
import type { Spec } from '../graph.ts';
import { type Sliding, spread, tap } from './conv-window.ts';
import type { Emitter, Kernel } from './kernel.ts';
import { folded, toFirst } from './pool.ts';
import { shape5, skip, type Triple, unskip, type Windows, windowsOf, withoutSkipped } from './volume.ts';

/* Pools over volumes, one axis after another: columns, then rows, then depth. */

type PoolAttributes = {
  readonly filterSize: number | Triple;
  readonly strides: number | Triple;
  readonly pad: 'same' | 'valid' | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | null;
};

const infoOf = ({ shape }: Spec, { filterSize, strides, pad, dimRoundingMode }: PoolAttributes) =>
  backend_util.computePool3DInfo(shape5({ shape }), filterSize, strides, 1, pad, dimRoundingMode ?? undefined, 'NDHWC');

const axes = [3, 2, 1] as const;

const infer: Kernel['infer'] = ({ x }, attributes: PoolAttributes) => [
  { shape: infoOf(x!, attributes).outShape, dtype: 'float32' },
];

const inferGradient: Kernel['infer'] = ({ input }) => [{ shape: input!.shape, dtype: 'float32' }];

/** The taps along each axis in turn and what is left after it: the last entry is the pool. */
function pooled(emit: Emitter, x: string, windows: Windows, type: 'Max' | 'Sum', fill: number) {
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
  windows: Windows,
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
    const windows = windowsOf(infoOf(inputs.x!, attributes as PoolAttributes));
    const x = skip(emit, names.x!, windows);
    return [pooled(emit, x, withoutSkipped(windows), 'Max', Number.NEGATIVE_INFINITY).at(-1)!.result];
  },
};

/** The same windows on a volume that has its padding. */
const onPadded = (windows: Windows): Windows =>
  windows.map((window) => ({
    ...window,
    length: window.before + window.length + Math.max(0, window.after),
    before: 0,
  })) as [Sliding, Sliding, Sliding];

/** The last of equal maxima has the gradient, as on tfjs's cpu backend. */
const maxPool3DGrad: Kernel = {
  infer: inferGradient,
  lower: (emit, { names, inputs, attributes }) => {
    const given = windowsOf(infoOf(inputs.input!, attributes as PoolAttributes));
    const windows = withoutSkipped(given);
    const steps = pooled(emit, skip(emit, names.input!, given), windows, 'Max', Number.NEGATIVE_INFINITY);
    const dx = unpooled(emit, names.dy!, inputs.dy!, onPadded(windows), (axis, dy) => {
      const { taps, result } = steps[3 - axis]!;
      return toFirst(emit, [...taps].reverse(), result, dy).reverse();
    });
    if (windows.every(({ before, after }) => before === 0 && after <= 0)) return [unskip(emit, dx, given)];
    const starts = emit.int64(windows.map(({ before }) => before));
    const ends = emit.int64(windows.map(({ before, length }) => before + length));
    return [unskip(emit, emit.op('Slice', [dx, starts, ends, emit.int64([1, 2, 3])]), given)];
  },
};

/** 1 / the number of entries of the volume in each window, as a product of one factor per axis. */
function weighted(emit: Emitter, x: string, windows: Windows): string {
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
    const given = windowsOf(infoOf(inputs.x!, attributes as PoolAttributes));
    const windows = withoutSkipped(given);
    return [weighted(emit, pooled(emit, skip(emit, names.x!, given), windows, 'Sum', 0).at(-1)!.result, windows)];
  },
};

/** Every entry of a window has the same share of its gradient: 1 / the size of the window, also where it reaches into the padding. */
const avgPool3DGrad: Kernel = {
  infer: inferGradient,
  lower: (emit, { names, inputs, attributes }) => {
    const given = windowsOf(infoOf(inputs.input!, attributes as PoolAttributes));
    const windows = withoutSkipped(given);
    const size = windows.reduce((product, window) => product * window.size, 1);
    const dy = emit.op('Mul', [names.dy!, emit.float([1 / size], [])]);
    const dx = unpooled(emit, dy, inputs.dy!, windows, (axis, rest) => new Array(windows[axis - 1]!.size).fill(rest));
    return [unskip(emit, dx, given)];
  },
};

export const volumePools: Record<string, Kernel> = {
  AvgPool3D: avgPool3D,
  AvgPool3DGrad: avgPool3DGrad,
  MaxPool3D: maxPool3D,
  MaxPool3DGrad: maxPool3DGrad,
};
