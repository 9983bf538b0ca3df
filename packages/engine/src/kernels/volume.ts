import type { Spec } from '../graph.ts';
import type { Sliding } from './conv-window.ts';
import type { Emitter } from './kernel.ts';

/* Volumes [batch, depth, height, width, channels] and the windows that slide over depth, rows and columns. */

export type Triple = [number, number, number];
export type Shape5 = [number, number, number, number, number];

export const shape5 = ({ shape }: Pick<Spec, 'shape'>): Shape5 => [...shape] as Shape5;

export type Windows = readonly [Sliding, Sliding, Sliding];

/** The fields that tfjs's accounts of convolutions and pools over volumes share. */
type Info = Readonly<
  Record<`${'in' | 'out' | 'filter' | 'stride' | 'dilation'}${'Depth' | 'Height' | 'Width'}`, number>
> & { readonly padInfo: { readonly front: number; readonly top: number; readonly left: number } };

export function windowsOf(info: Info): Windows {
  const axis = (side: 'Depth' | 'Height' | 'Width', before: number): Sliding => {
    const [length, count, size] = [info[`in${side}`], info[`out${side}`], info[`filter${side}`]];
    const [stride, dilation] = [info[`stride${side}`], info[`dilation${side}`]];
    const reach = (count - 1) * stride + (size - 1) * dilation + 1;
    return { length, count, size, stride, dilation, before, after: reach - before - length };
  };
  const { front, top, left } = info.padInfo;
  return [axis('Depth', front), axis('Height', top), axis('Width', left)];
}

/** Entries in front that no window sees: where windows step over entries, tfjs pads volumes by negative numbers. */
const skipped = (windows: Windows) => windows.map(({ before }) => Math.max(0, -before));

/** The windows on a volume without what they skip. */
export const withoutSkipped = (windows: Windows): Windows =>
  windows.map((window) => ({
    ...window,
    length: window.length + Math.min(0, window.before),
    before: Math.max(0, window.before),
  })) as [Sliding, Sliding, Sliding];

export function skip(emit: Emitter, x: string, windows: Windows): string {
  const starts = skipped(windows);
  if (starts.every((start) => start === 0)) return x;
  return emit.op('Slice', [x, emit.int64(starts), emit.int64([2 ** 31, 2 ** 31, 2 ** 31]), emit.int64([1, 2, 3])]);
}

/** The gradient of what was skipped is 0. */
export function unskip(emit: Emitter, dx: string, windows: Windows): string {
  const starts = skipped(windows);
  if (starts.every((start) => start === 0)) return dx;
  return emit.op('Pad', [dx, emit.int64([0, ...starts, 0, 0, 0, 0, 0, 0])]);
}
