import { sizeOf } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Spec } from '../graph.ts';
import { type Emitter, type Kernel, onnxTypes, positiveAxes } from './kernel.ts';
import { smallest } from './repeated.ts';

const reshaped = (emit: Emitter, name: string, shape: readonly number[]) =>
  emit.op('Reshape', [name, emit.int64(shape)], { allowzero: 1 });

/** `name` under another shape. To elementwise operations axes of length 1 in front make no difference. */
function viewed(emit: Emitter, name: string, from: readonly number[], to: readonly number[]): string {
  const small = smallest(emit, name, from);
  const given = sizeOf(small.shape) === sizeOf(from) ? small : { name, shape: from };
  if (String(given.shape) === String(to)) return given.name;
  const view = reshaped(emit, given.name, to);
  const added = to.length - from.length;
  const isLonger = added > 0 && to.every((size, axis) => size === (axis < added ? 1 : from[axis - added]));
  if (isLonger) emit.repeated.set(view, small);
  return view;
}

const reshape: Kernel = {
  cheap: true,
  view: true,
  infer: ({ x }, { shape }: { shape: number[] }) => {
    const known = shape.filter((axis) => axis !== -1).reduce((product, axis) => product * axis, 1);
    return [{ shape: shape.map((axis) => (axis === -1 ? sizeOf(x!.shape) / known : axis)), dtype: x!.dtype }];
  },
  lower: (emit, { names, inputs, outputs }) => [viewed(emit, names.x!, inputs.x!.shape, outputs[0]!.shape)],
};

const expandDims: Kernel = {
  cheap: true,
  view: true,
  infer: ({ input }, { dim }: { dim: number }) => {
    const at = dim < 0 ? dim + input!.shape.length + 1 : dim;
    return [{ shape: [...input!.shape.slice(0, at), 1, ...input!.shape.slice(at)], dtype: input!.dtype }];
  },
  lower: (emit, { names, inputs, outputs }) => [viewed(emit, names.input!, inputs.input!.shape, outputs[0]!.shape)],
};

const transpose: Kernel = {
  cheap: true,
  infer: ({ x }, { perm }: { perm: number[] }) => [{ shape: perm.map((axis) => x!.shape[axis]!), dtype: x!.dtype }],
  lower: (emit, { names, attributes }) => [emit.op('Transpose', [names.x!], { perm: attributes.perm as number[] })],
};

const slice: Kernel = {
  cheap: true,
  infer: ({ x }, { begin, size }: { begin: number | number[]; size: number | number[] }) => {
    const [starts, sizes] = sliceBounds(x!.shape, begin, size);
    return [
      { shape: sizes.map((count, axis) => (count === -1 ? x!.shape[axis]! - starts[axis]! : count)), dtype: x!.dtype },
    ];
  },
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { shape } = inputs.x!;
    const [starts] = sliceBounds(shape, attributes.begin as number[], attributes.size as number[]);
    const ends = starts.map((start, axis) => start + outputs[0]!.shape[axis]!);
    const axes = shape.map((_, axis) => axis).filter((axis) => starts[axis] !== 0 || ends[axis] !== shape[axis]);
    if (axes.length === 0) return [names.x!];
    const pick = (values: readonly number[]) => emit.int64(axes.map((axis) => values[axis]!));
    return [emit.op('Slice', [names.x!, pick(starts), pick(ends), emit.int64(axes)])];
  },
};

function sliceBounds(
  shape: readonly number[],
  begin: number | number[],
  size: number | number[],
): [number[], number[]] {
  const starts = [begin].flat();
  const sizes = [size].flat();
  return [shape.map((_, axis) => starts[axis] ?? 0), shape.map((_, axis) => sizes[axis] ?? -1)];
}

const stridedSlice: Kernel = {
  cheap: true,
  infer: ({ x }, attributes: StridedSlice) => [
    { shape: plainStrides(x!.shape, attributes).finalShape, dtype: x!.dtype },
  ],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { begin, end, strides } = plainStrides(inputs.x!.shape, attributes as StridedSlice);
    if (sizeOf(outputs[0]!.shape) === 0) return [filled(emit, 0, outputs[0]!)];
    if (begin.length === 0) return [reshaped(emit, names.x!, outputs[0]!.shape)];
    const axes = begin.map((_, axis) => axis);
    // below index 0 ONNX counts from the end; its "before the beginning" is a very negative number
    const ends = end.map((stop, axis) => (stop < 0 && strides[axis]! < 0 ? -(2 ** 31) : stop));
    const taken = emit.op('Slice', [
      names.x!,
      emit.int64(begin),
      emit.int64(ends),
      emit.int64(axes),
      emit.int64(strides),
    ]);
    return [reshaped(emit, taken, outputs[0]!.shape)];
  },
};

type StridedSlice = {
  readonly begin: number[];
  readonly end: number[];
  readonly strides: number[];
  readonly beginMask: number;
  readonly endMask: number;
  readonly ellipsisMask: number;
  readonly newAxisMask: number;
  readonly shrinkAxisMask: number;
};

/** Starts, ends and strides with the masks and the counting from the end resolved. */
const plainStrides = (shape: readonly number[], attributes: StridedSlice) =>
  tf.slice_util.sliceInfo(
    [...shape],
    attributes.begin,
    attributes.end,
    attributes.strides,
    attributes.beginMask,
    attributes.endMask,
    attributes.ellipsisMask,
    attributes.newAxisMask,
    attributes.shrinkAxisMask,
  );

const entries = (call: { inputs: Readonly<Record<string, Spec>> }) => Object.values(call.inputs);

const concat: Kernel = {
  infer: (inputs, { axis }: { axis: number }) => {
    const specs = Object.values(inputs);
    const at = positiveAxes(axis, specs[0]!.shape.length)[0]!;
    const total = specs.reduce((sum, { shape }) => sum + shape[at]!, 0);
    return [{ shape: specs[0]!.shape.map((size, index) => (index === at ? total : size)), dtype: specs[0]!.dtype }];
  },
  lower: (emit, { names, attributes, outputs }) => [
    emit.op('Concat', Object.values(names), {
      axis: positiveAxes(attributes.axis as number, outputs[0]!.shape.length)[0]!,
    }),
  ],
};

const pack: Kernel = {
  infer: (inputs, { axis }: { axis: number }) => {
    const specs = Object.values(inputs);
    const { shape, dtype } = specs[0]!;
    const at = axis < 0 ? axis + shape.length + 1 : axis;
    return [{ shape: [...shape.slice(0, at), specs.length, ...shape.slice(at)], dtype }];
  },
  lower: (emit, call) => {
    const { shape } = entries(call)[0]!;
    const axis = call.attributes.axis as number;
    const at = axis < 0 ? axis + shape.length + 1 : axis;
    const parts = Object.values(call.names).map((name) =>
      reshaped(emit, name, [...shape.slice(0, at), 1, ...shape.slice(at)]),
    );
    return [emit.op('Concat', parts, { axis: at })];
  },
};

const unpack: Kernel = {
  infer: ({ value }, { axis }: { axis: number }) => {
    const at = positiveAxes(axis, value!.shape.length)[0]!;
    const part = { shape: value!.shape.filter((_, index) => index !== at), dtype: value!.dtype };
    return new Array<Spec>(value!.shape[at]!).fill(part);
  },
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const at = positiveAxes(attributes.axis as number, inputs.value!.shape.length)[0]!;
    return outputs.map((_, index) => emit.op('Gather', [names.value!, emit.int64([index], [])], { axis: at }));
  },
};

const splitV: Kernel = {
  infer: ({ x }, attributes: { numOrSizeSplits: number | number[]; axis: number }) => {
    const { at, sizes } = splitSizes(x!.shape, attributes);
    return sizes.map((part) => ({
      shape: x!.shape.map((size, index) => (index === at ? part : size)),
      dtype: x!.dtype,
    }));
  },
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { at, sizes } = splitSizes(
      inputs.x!.shape,
      attributes as { numOrSizeSplits: number | number[]; axis: number },
    );
    return emit.ops('Split', [names.x!, emit.int64(sizes)], outputs.length, { axis: at });
  },
};

function splitSizes(
  shape: readonly number[],
  { numOrSizeSplits, axis }: { numOrSizeSplits: number | number[]; axis: number },
) {
  const at = positiveAxes(axis, shape.length)[0]!;
  const whole = shape[at]!;
  if (typeof numOrSizeSplits === 'number')
    return { at, sizes: new Array<number>(numOrSizeSplits).fill(whole / numOrSizeSplits) };
  const rest = whole - numOrSizeSplits.filter((size) => size !== -1).reduce((sum, size) => sum + size, 0);
  return { at, sizes: numOrSizeSplits.map((size) => (size === -1 ? rest : size)) };
}

const tile: Kernel = {
  infer: ({ x }, { reps }: { reps: number[] }) => [
    { shape: x!.shape.map((size, axis) => size * reps[axis]!), dtype: x!.dtype },
  ],
  lower: (emit, { names, inputs, attributes }) => {
    const reps = attributes.reps as number[];
    const whole = emit.op('Tile', [names.x!, emit.int64(reps)]);
    const { shape } = inputs.x!;
    const isRepeated = reps.every((count, axis) => count === 1 || shape[axis] === 1);
    if (isRepeated) emit.repeated.set(whole, smallest(emit, names.x!, shape));
    return [whole];
  },
};

const reverse: Kernel = {
  infer: ({ x }) => [{ shape: x!.shape, dtype: x!.dtype }],
  lower: (emit, { names, inputs, attributes }) => {
    const axes = positiveAxes(attributes.dims as number[], inputs.x!.shape.length);
    if (axes.length === 0) return [names.x!];
    const all = (value: number) => emit.int64(axes.map(() => value));
    return [emit.op('Slice', [names.x!, all(-1), all(-(2 ** 31)), emit.int64(axes), all(-1)])];
  },
};

/** The shape that two shapes broadcast to, when they are values: 1 gives way to the other's length. */
const broadcastArgs: Kernel = {
  infer: ({ s0, s1 }) => [{ shape: [Math.max(s0!.shape[0]!, s1!.shape[0]!)], dtype: 'int32' }],
  lower: (emit, { names, inputs, outputs }) => {
    const one = emit.int32([1], []);
    const [a, b] = (['s0', 's1'] as const).map((name) => {
      const missing = outputs[0]!.shape[0]! - inputs[name]!.shape[0]!;
      return missing === 0 ? names[name]! : emit.op('Pad', [names[name]!, emit.int64([missing, 0]), one]);
    });
    return [emit.op('Where', [emit.op('Equal', [a!, one]), b!, a!])];
  },
};

/** One value spread over a shape: `Expand`, so that large zeros are no data in the file. */
const filled = (emit: Emitter, value: number, { shape, dtype }: Spec): string => {
  const one = dtype === 'float32' ? emit.float([value], []) : emit.int32([value], []);
  const typed = dtype === 'bool' ? emit.op('Cast', [one], { to: onnxTypes.bool }) : one;
  return emit.op('Expand', [typed, emit.int64(shape)]);
};

export const shapes: Record<string, Kernel> = {
  BroadcastArgs: broadcastArgs,
  Concat: concat,
  ExpandDims: expandDims,
  Pack: pack,
  Reshape: reshape,
  Reverse: reverse,
  Slice: slice,
  SplitV: splitV,
  StridedSlice: stridedSlice,
  Tile: tile,
  Transpose: transpose,
  Unpack: unpack,
};

export { filled, reshaped };
