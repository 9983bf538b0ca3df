import { backend_util } from '@tensorflow/tfjs-core';
import type { Spec } from '../graph.ts';
import type { Emitter } from './kernel.ts';

/** A window of `size` entries, `dilation` apart, that takes `count` positions, `stride` apart, on an axis of `length` entries. */
export type Sliding = {
  readonly length: number;
  readonly count: number;
  readonly size: number;
  readonly stride: number;
  readonly dilation: number;
  /** Padding in front of the axis. */
  readonly before: number;
  /** Padding behind it; negative where the last window ends before the axis does. */
  readonly after: number;
};

/** The attributes that tfjs gives to convolutions and pools. */
export type WindowAttributes = {
  readonly strides: number | [number, number];
  readonly pad: 'same' | 'valid' | number | backend_util.ExplicitPadding;
  readonly dilations?: number | [number, number] | null;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil' | null;
  readonly dataFormat?: 'NHWC' | 'NCHW';
};

export type Shape4 = readonly [number, number, number, number];

export const shape4 = ({ shape: [a, b, c, d] }: Spec): Shape4 => [a!, b!, c!, d!];

export type Axes = readonly [rows: Sliding, columns: Sliding];

/** tfjs's own account of a convolution. */
export const convInfo = (
  [a, b, c, d]: readonly number[],
  [height, width, inputs, outputs]: readonly number[],
  { strides, pad, dilations, dimRoundingMode, dataFormat }: WindowAttributes,
  depthwise = false,
): backend_util.Conv2DInfo =>
  backend_util.computeConv2DInfo(
    [a!, b!, c!, d!],
    [height!, width!, inputs!, outputs!],
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode ?? undefined,
    depthwise,
    backend_util.convertConv2DDataFormat(dataFormat ?? 'NHWC'),
  );

/**
 * The windows along rows and columns.
 *
 * @param counts how many there are, where a gradient knows it from its dy: tfjs does not tell its gradients the rounding mode.
 */
export function axesOf(
  info: backend_util.Conv2DInfo,
  counts: readonly [number, number] = [info.outHeight, info.outWidth],
): Axes {
  const axis = (
    length: number,
    count: number,
    size: number,
    stride: number,
    dilation: number,
    before: number,
  ): Sliding => {
    const after = (count - 1) * stride + (size - 1) * dilation + 1 - before - length;
    return { length, count, size, stride, dilation, before, after };
  };
  return [
    axis(info.inHeight, counts[0], info.filterHeight, info.strideHeight, info.dilationHeight, info.padInfo.top),
    axis(info.inWidth, counts[1], info.filterWidth, info.strideWidth, info.dilationWidth, info.padInfo.left),
  ];
}

/** Pads rows and columns of an NHWC tensor; negative numbers cut off. */
export function padded(
  emit: Emitter,
  x: string,
  [top, bottom]: readonly number[],
  [left, right]: readonly number[],
  fill = 0,
): string {
  const pads = [top!, left!, bottom!, right!];
  const [up, before, down, behind] = pads.map((pad) => Math.max(0, pad));
  const widths = [0, up!, before!, 0, 0, down!, behind!, 0];
  const whole = pads.some((pad) => pad > 0) ? emit.op('Pad', [x, emit.int64(widths), emit.float([fill], [])]) : x;
  if (pads.every((pad) => pad >= 0)) return whole;
  // an end of 0 would be the front: what is not cut ends at "very far"
  const [starts, ends] = [
    [top!, left!].map((pad) => Math.max(0, -pad)),
    [bottom!, right!].map((pad) => (pad < 0 ? pad : 2 ** 31)),
  ];
  return emit.op('Slice', [whole, emit.int64(starts), emit.int64(ends), emit.int64([1, 2])]);
}

/** `x` with the padding that its windows reach. */
export const paddedFor = (emit: Emitter, x: string, [rows, columns]: Axes, fill = 0): string =>
  padded(emit, x, [rows.before, Math.max(0, rows.after)], [columns.before, Math.max(0, columns.after)], fill);

/** start, start + step, … below end. The session folds it when it is made, so that the file stays small. */
export const range = (emit: Emitter, start: number, end: number, step: number): string =>
  emit.op('Range', [emit.int32([start], []), emit.int32([end], []), emit.int32([step], [])]);

/** Entry `index` of every window along one axis of a padded tensor: what the window sees at that place. */
export function tap(
  emit: Emitter,
  x: string,
  axis: number,
  { length, before, after, count, stride, dilation }: Sliding,
  index: number,
): string {
  const start = index * dilation;
  const end = start + (count - 1) * stride + 1;
  if (start === 0 && stride === 1 && end === length + before + Math.max(0, after)) return x;
  // strided, Slice runs on one thread and Gather on all
  if (stride > 1) return emit.op('Gather', [x, range(emit, start, end, stride)], { axis });
  return emit.op('Slice', [x, emit.int64([start]), emit.int64([end]), emit.int64([axis])]);
}

/**
 * The transpose of `tap`: the sum of all taps, each where its entries came from, without the padding.
 *
 * Taps whose places are equal modulo the stride are shifted and added; these phases are then interleaved.
 *
 * @param shape of every tap.
 */
export function spread(
  emit: Emitter,
  taps: readonly string[],
  shape: readonly number[],
  axis: number,
  sliding: Sliding,
): string {
  const { length, count, stride, dilation, before } = sliding;
  const last = Math.floor(((taps.length - 1) * dilation) / stride);
  const places = Math.max(Math.ceil((before + length) / stride), count + last);
  const phases = Array.from({ length: stride }, (_, phase) => {
    const shifted = taps.flatMap((name, index) => {
      const place = index * dilation;
      return place % stride === phase ? [padAxis(emit, name, shape.length, axis, place / stride, places, count)] : [];
    });
    return shifted.length > 1 ? emit.op('Sum', shifted) : shifted[0];
  });
  const whole = stride === 1 ? phases[0]! : interleaved(emit, phases, shape, axis, places);
  if (before === 0 && places * stride === length) return whole;
  return emit.op('Slice', [whole, emit.int64([before]), emit.int64([before + length]), emit.int64([axis])]);
}

function padAxis(
  emit: Emitter,
  name: string,
  rank: number,
  axis: number,
  shift: number,
  places: number,
  count: number,
): string {
  const start = Math.floor(shift);
  if (places === count) return name;
  const at = (value: number) => Array.from({ length: rank }, (_, index) => (index === axis ? value : 0));
  return emit.op('Pad', [name, emit.int64([...at(start), ...at(places - count - start)])]);
}

/** One entry of every phase in turn; phases that are missing are zeros. */
function interleaved(
  emit: Emitter,
  phases: readonly (string | undefined)[],
  shape: readonly number[],
  axis: number,
  places: number,
): string {
  const front = shape.slice(0, axis);
  const back = shape.slice(axis + 1);
  const part = emit.int64([...front, places, 1, ...back]);
  const zeros = phases.includes(undefined) ? emit.op('Expand', [emit.float([0], []), part]) : '';
  const parts = phases.map((name) => (name === undefined ? zeros : emit.op('Reshape', [name, part])));
  return emit.op('Reshape', [
    emit.op('Concat', parts, { axis: axis + 1 }),
    emit.int64([...front, places * phases.length, ...back]),
  ]);
}
