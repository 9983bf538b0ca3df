import type { Spec } from '../graph.ts';
import { castTo, type Emitter, type Kernel } from './kernel.ts';
import { reshaped } from './shape.ts';

type Resizing = {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
  readonly size: [number, number];
};

/** How a pixel of the result is made along one axis: (1 − share) · x[low] + share · x[high]. */
type Mix = { readonly low: number; readonly high: number; readonly share: number };

type Method = (from: number, to: number, resizing: Resizing) => Mix[];

const ratio = (from: number, to: number, alignCorners: boolean) =>
  alignCorners && to > 1 ? (from - 1) / (to - 1) : from / to;

const bilinear: Method = (from, to, { alignCorners, halfPixelCenters }) =>
  Array.from({ length: to }, (_, place) => {
    const scale = ratio(from, to, alignCorners);
    const source = halfPixelCenters ? scale * (place + 0.5) - 0.5 : scale * place;
    const low = Math.max(0, Math.floor(source));
    const high = Math.max(0, Math.min(from - 1, Math.ceil(source)));
    return { low, high, share: high === low ? 0 : source - low };
  });

const nearest: Method = (from, to, { alignCorners, halfPixelCenters }) =>
  Array.from({ length: to }, (_, place) => {
    const source = ratio(from, to, alignCorners) * (halfPixelCenters ? place + 0.5 : place);
    const low = Math.max(0, Math.min(from - 1, alignCorners ? Math.round(source) : Math.floor(source)));
    return { low, high: low, share: 0 };
  });

/** One axis made anew: the nearer pixels, and a share of the difference to the farther ones. */
function mixed(emit: Emitter, x: string, axis: 1 | 2, length: number, mixes: readonly Mix[]): string {
  const pick = (side: 'low' | 'high') =>
    mixes.length === length && mixes.every((mix, place) => mix[side] === place)
      ? x
      : emit.op('Gather', [x, emit.int32(mixes.map((mix) => mix[side]))], { axis });
  const low = pick('low');
  if (mixes.every(({ share }) => share === 0)) return low;
  const shares = emit.float(
    mixes.map(({ share }) => share),
    [mixes.length, ...new Array<number>(3 - axis).fill(1)],
  );
  return emit.op('Add', [low, emit.op('Mul', [emit.op('Sub', [pick('high'), low]), shares])]);
}

const inferResized = ({ images }: Readonly<Record<string, Spec>>, { size }: Resizing) => [
  images!.shape[0]!,
  ...size,
  images!.shape[3]!,
];

const resize = (method: Method, dtype?: 'float32'): Kernel => ({
  infer: (inputs, attributes: Resizing) => [
    { shape: inferResized(inputs, attributes), dtype: dtype ?? inputs.images!.dtype },
  ],
  lower: (emit, { names, inputs, attributes }) => {
    const resizing = attributes as Resizing;
    const { shape, dtype: given } = inputs.images!;
    const x = dtype && given !== dtype ? castTo(emit, names.images!, dtype) : names.images!;
    const axis = (at: 1 | 2) => method(shape[at]!, resizing.size[at - 1]!, resizing);
    return [mixed(emit, mixed(emit, x, 2, shape[2]!, axis(2)), 1, shape[1]!, axis(1))];
  },
});

/** The matrix that turns the gradient of the mixed axis into that of the axis itself, [from, to]. */
function backwards(emit: Emitter, from: number, mixes: readonly Mix[]): string {
  const matrix = new Float32Array(from * mixes.length);
  for (const [place, { low, high, share }] of mixes.entries()) {
    matrix[low * mixes.length + place]! += 1 - share;
    matrix[high * mixes.length + place]! += share;
  }
  return emit.float(matrix, [from, mixes.length]);
}

/**
 * Rowsᵀ · dy · columns: what each pixel gave comes back to it.
 *
 * tfjs's own kernels take no account of `halfPixelCenters`; its cpu backend exchanges height and width of the bilinear result.
 */
const resizeGrad = (method: Method): Kernel => ({
  infer: ({ images }) => [{ shape: images!.shape, dtype: 'float32' }],
  lower: (emit, { names, inputs, attributes }) => {
    const [batch, height, width, channels] = inputs.images!.shape as [number, number, number, number];
    const [, rows, columns] = inputs.dy!.shape as [number, number, number, number];
    const back = (from: number, to: number) => backwards(emit, from, method(from, to, attributes as Resizing));
    const perRow = reshaped(emit, names.dy!, [batch, rows, columns * channels]);
    const dRows = emit.op('MatMul', [back(height, rows), perRow]);
    const perColumn = reshaped(emit, dRows, [batch * height, columns, channels]);
    return [reshaped(emit, emit.op('MatMul', [back(width, columns), perColumn]), inputs.images!.shape)];
  },
});

export const resizes: Record<string, Kernel> = {
  ResizeBilinear: resize(bilinear, 'float32'),
  ResizeBilinearGrad: resizeGrad(bilinear),
  ResizeNearestNeighbor: resize(nearest),
  ResizeNearestNeighborGrad: resizeGrad(nearest),
};
