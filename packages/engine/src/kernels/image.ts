import { backend_util } from '@tensorflow/tfjs-core';
import { castTo, type Emitter, type Kernel, number } from './kernel.ts';
import { isSegment } from './segment-sum.ts';
import { filled, reshaped } from './shape.ts';

/* Images whose pixels move: [batch, height, width, channels]. */

const flip: Kernel = {
  cheap: true,
  infer: ({ image }) => [{ shape: image!.shape, dtype: image!.dtype }],
  lower: (emit, { names }) => [
    emit.op('Slice', [names.image!, emit.int64([-1]), emit.int64([-(2 ** 31)]), emit.int64([2]), emit.int64([-1])]),
  ],
};

export type Rotation = {
  readonly radians: number;
  readonly fillValue: number | readonly number[];
  readonly center: number | [number, number];
};

/** Which pixel comes to each place is known beforehand: −1 where none does. */
export function rotated(height: number, width: number, { radians, center }: Rotation): Int32Array {
  const [centerX, centerY] = backend_util.getImageCenter(center, height, width);
  const [sine, cosine] = [Math.sin(radians), Math.cos(radians)];
  return Int32Array.from({ length: height * width }, (_, place) => {
    const [x, y] = [(place % width) - centerX, Math.floor(place / width) - centerY];
    const column = Math.round(x * cosine - y * sine + centerX);
    const row = Math.round(x * sine + y * cosine + centerY);
    return row >= 0 && row < height && column >= 0 && column < width ? row * width + column : -1;
  });
}

/** What stands where no pixel comes, by channel; the fourth is opacity. */
export const fillsOf = ({ fillValue }: Rotation, channels: number): number[] =>
  Array.from({ length: channels }, (_, channel) =>
    typeof fillValue === 'number' ? fillValue : channel === 3 ? 255 : fillValue[channel]!,
  );

const rotate: Kernel = {
  infer: ({ image }) => [{ shape: image!.shape, dtype: image!.dtype }],
  lower: (emit, { names, inputs, attributes }) => {
    const { shape } = inputs.image!;
    const [batch, height, width, channels] = shape as [number, number, number, number];
    const places = emit.int32([...rotated(height, width, attributes as Rotation)], [height * width]);
    const flat = reshaped(emit, names.image!, [batch, height * width, channels]);
    const inside = emit.op('Max', [places, emit.int32([0], [])]);
    const moved = emit.op('Gather', [flat, inside], { axis: 1 });
    const isInside = emit.op('GreaterOrEqual', [places, emit.int32([0], [])]);
    const fills = emit.float(fillsOf(attributes as Rotation, channels));
    const whole = emit.op('Where', [reshaped(emit, isInside, [height * width, 1]), moved, fills]);
    return [reshaped(emit, whole, shape)];
  },
};

/** Pixels at rows and columns, integers that broadcast to `places`, of the image that each box is of: [...places, channels]. */
function pixels(
  emit: Emitter,
  flat: string,
  [height, width]: readonly [number, number],
  { image, row, column }: { readonly image: string; readonly row: string; readonly column: string },
): string {
  const start = emit.op('Mul', [image, emit.int32([height], [])]);
  const line = emit.op('Mul', [emit.op('Add', [start, row]), emit.int32([width], [])]);
  return emit.op('Gather', [flat, emit.op('Add', [line, column])], { axis: 0 });
}

const rounded = (emit: Emitter, x: string) => emit.op('Floor', [emit.op('Add', [x, number(emit, 0.5)])]);

/** Cut to 0 … size − 1, whatever x is, NaN included, and an integer. */
const indexIn = (emit: Emitter, x: string, size: number) => {
  const known = emit.op('Where', [emit.op('IsNaN', [x]), number(emit, 0), x]);
  return castTo(emit, emit.op('Clip', [known, number(emit, 0), number(emit, size - 1)]), 'int32');
};

const within = (emit: Emitter, x: string, size: number) =>
  emit.op('And', [
    emit.op('GreaterOrEqual', [x, number(emit, 0)]),
    emit.op('LessOrEqual', [x, number(emit, size - 1)]),
  ]);

/** a + (b − a) · share */
const between = (emit: Emitter, a: string, b: string, share: string) =>
  emit.op('Add', [a, emit.op('Mul', [emit.op('Sub', [b, a]), share])]);

type Crop = {
  readonly method: 'bilinear' | 'nearest';
  readonly extrapolationValue: number;
  readonly cropSize: [number, number];
};

/** Where the pixels of a crop come from along one axis, [boxes, count]: from `start` to `end` in parts of the axis. */
function sources(emit: Emitter, start: string, end: string, size: number, count: number): string {
  const last = number(emit, size - 1);
  if (count === 1) return emit.op('Mul', [emit.op('Mul', [emit.op('Add', [start, end]), number(emit, 0.5)]), last]);
  const step = emit.op('Div', [emit.op('Mul', [emit.op('Sub', [end, start]), last]), number(emit, count - 1)]);
  const places = emit.float([...Array(count).keys()]);
  return emit.op('Add', [emit.op('Mul', [start, last]), emit.op('Mul', [places, step])]);
}

const cropAndResize: Kernel = {
  infer: ({ image, boxes }, { cropSize }: Crop) => [
    { shape: [boxes!.shape[0]!, ...cropSize, image!.shape[3]!], dtype: 'float32' },
  ],
  lower: (emit, { names, inputs, attributes }) => {
    const { method, extrapolationValue, cropSize } = attributes as Crop;
    const [batch, height, width, channels] = inputs.image!.shape as [number, number, number, number];
    const count = inputs.boxes!.shape[0]!;
    const [top, left, bottom, right] = emit.ops('Split', [names.boxes!, emit.int64([1, 1, 1, 1])], 4, { axis: 1 });
    const y = reshaped(emit, sources(emit, top!, bottom!, height, cropSize[0]), [count, cropSize[0], 1]);
    const x = reshaped(emit, sources(emit, left!, right!, width, cropSize[1]), [count, 1, cropSize[1]]);
    const given = reshaped(emit, names.boxInd!, [count, 1, 1]);
    const image = emit.op('Clip', [given, emit.int32([0], []), emit.int32([batch - 1], [])]);
    const flat = reshaped(emit, castTo(emit, names.image!, 'float32'), [batch * height * width, channels]);
    const at = (row: string, column: string) =>
      pixels(emit, flat, [height, width], {
        image,
        row: indexIn(emit, row, height),
        column: indexIn(emit, column, width),
      });
    const axis = (name: string) => emit.op('Unsqueeze', [name, emit.int64([3])]);
    const ends = (name: string) => [emit.op('Floor', [name]), emit.op('Ceil', [name])] as const;
    const mix = () => {
      const [[up, down], [before, behind]] = [ends(y), ends(x)];
      const share = axis(emit.op('Sub', [x, before]));
      const [upper, lower] = [up, down].map((row) => between(emit, at(row, before), at(row, behind), share));
      return between(emit, upper!, lower!, axis(emit.op('Sub', [y, up])));
    };
    const found = method === 'bilinear' ? mix() : at(rounded(emit, y), rounded(emit, x));
    const isInside = axis(emit.op('And', [within(emit, y, height), within(emit, x, width)]));
    const filledOut = emit.op('Where', [isInside, found, number(emit, extrapolationValue)]);
    // a box of no image stays empty
    return [emit.op('Where', [axis(isSegment(emit, given, batch)), filledOut, number(emit, 0)])];
  },
};

type Projection = {
  readonly interpolation: 'nearest' | 'bilinear';
  readonly fillMode: 'constant' | 'reflect' | 'wrap' | 'nearest';
  readonly fillValue: number;
};

/** x outside of 0 … size − 1 as the mode continues the image. */
function continued(emit: Emitter, x: string, size: number, mode: Projection['fillMode']): string {
  if (mode === 'constant') return x;
  const clip = (name: string) => emit.op('Clip', [name, number(emit, 0), number(emit, size - 1)]);
  if (mode === 'nearest' || size <= 1) return clip(x);
  const times = (name: string, factor: number) => emit.op('Mul', [name, number(emit, factor)]);
  const plus = (name: string, term: number) => emit.op('Add', [name, number(emit, term)]);
  const whole = (name: string, divisor: number) => emit.op('Floor', [emit.op('Div', [name, number(emit, divisor)])]);
  const isBelow = (name: string, limit: number) => emit.op('Less', [name, number(emit, limit)]);
  const negative = emit.op('Neg', [x]);
  if (mode === 'wrap') {
    const low = emit.op('Add', [x, times(plus(whole(negative, size - 1), 1), size)]);
    const high = emit.op('Sub', [x, times(whole(x, size - 1), size)]);
    const isHigh = emit.op('Greater', [x, number(emit, size - 1)]);
    return clip(emit.op('Where', [isBelow(x, 0), low, emit.op('Where', [isHigh, high, x])]));
  }
  const turn = 2 * size;
  const back = emit.op('Add', [x, times(whole(negative, turn), turn)]);
  const low = emit.op('Where', [isBelow(back, -size), plus(back, turn), plus(emit.op('Neg', [back]), -1)]);
  const on = emit.op('Sub', [x, times(whole(x, turn), turn)]);
  const high = emit.op('Where', [isBelow(on, size), on, plus(emit.op('Neg', [on]), turn - 1)]);
  return clip(emit.op('Where', [isBelow(x, 0), low, high]));
}

/** (row, column) of the result ↦ projective coordinates in the image. tfjs's cpu backend transforms the first image of a batch alone. */
const transform: Kernel = {
  infer: ({ image }, { outputShape }: { outputShape?: [number, number] | null }) => {
    const [batch, height, width, channels] = image!.shape as [number, number, number, number];
    return [{ shape: [batch, ...(outputShape ?? [height, width]), channels], dtype: image!.dtype }];
  },
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { interpolation, fillMode, fillValue } = attributes as Projection;
    const [batch, height, width, channels] = inputs.image!.shape as [number, number, number, number];
    const [, rows, columns] = outputs[0]!.shape as [number, number, number, number];
    const parts = emit.ops('Split', [names.transforms!, emit.int64(new Array(8).fill(1))], 8, { axis: 1 });
    const factors = parts.map((part) => reshaped(emit, part, [inputs.transforms!.shape[0]!, 1, 1]));
    const column = emit.float([...Array(columns).keys()]);
    const row = reshaped(emit, emit.float([...Array(rows).keys()]), [rows, 1]);
    const linear = (first: number, constant: string) => {
      const terms = [emit.op('Mul', [factors[first]!, column]), emit.op('Mul', [factors[first + 1]!, row]), constant];
      return terms.reduce((sum, term) => emit.op('Add', [sum, term]));
    };
    const projection = linear(6, number(emit, 1));
    const source = (first: number, size: number) =>
      continued(emit, emit.op('Div', [linear(first, factors[first + 2]!), projection]), size, fillMode);
    const [x, y] = [source(0, width), source(3, height)];
    const image = emit.int32([...Array(batch).keys()], [batch, 1, 1]);
    const flat = reshaped(emit, names.image!, [batch * height * width, channels]);
    const fill = number(emit, fillValue);
    const axis = (name: string) => emit.op('Unsqueeze', [name, emit.int64([3])]);
    const at = (r: string, c: string) => {
      const place = { image, row: indexIn(emit, r, height), column: indexIn(emit, c, width) };
      const isInside = axis(emit.op('And', [within(emit, r, height), within(emit, c, width)]));
      return emit.op('Where', [isInside, pixels(emit, flat, [height, width], place), fill]);
    };
    const mix = () => {
      const [up, before] = [emit.op('Floor', [y]), emit.op('Floor', [x])];
      const [down, behind] = [up, before].map((name) => emit.op('Add', [name, number(emit, 1)]));
      const share = axis(emit.op('Sub', [x, before]));
      const [upper, lower] = [up, down!].map((r) => between(emit, at(r, before), at(r, behind!), share));
      return between(emit, upper!, lower!, axis(emit.op('Sub', [y, up])));
    };
    const found = interpolation === 'bilinear' ? mix() : at(rounded(emit, y), rounded(emit, x));
    const isInfinite = axis(emit.op('Equal', [projection, number(emit, 0)]));
    const whole = filled(emit, fillValue, { shape: outputs[0]!.shape, dtype: 'float32' });
    return [emit.op('Where', [isInfinite, whole, found])];
  },
};

export const imageKernels: Record<string, Kernel> = {
  CropAndResize: cropAndResize,
  FlipLeftRight: flip,
  RotateWithOffset: rotate,
  Transform: transform,
};
