import { sizeOf } from '@polytask/base';
import type { ValueType } from '../graph.ts';
import { type Call, castTo, type Emitter, type Kernel } from './kernel.ts';
import { filled, reshaped } from './shape.ts';

const like = (value: number): Kernel => ({
  cheap: true,
  infer: ({ x }) => [{ shape: x!.shape, dtype: x!.dtype }],
  lower: (emit, { outputs }: Call) => [filled(emit, value, outputs[0]!)],
});

const fill: Kernel = {
  cheap: true,
  infer: (_, { shape, dtype }: { shape: number[]; dtype: ValueType }) => [{ shape, dtype: dtype ?? 'float32' }],
  lower: (emit, { attributes, outputs }) => [filled(emit, Number(attributes.value), outputs[0]!)],
};

const range: Kernel = {
  cheap: true,
  infer: (_, { start, stop, step, dtype }: { start: number; stop: number; step: number; dtype: ValueType }) => [
    { shape: [Math.max(0, Math.ceil((stop - start) / (stop < start && step === 1 ? -1 : step)))], dtype },
  ],
  lower: (emit, { attributes, outputs }) => {
    const { start, stop, step } = attributes as { start: number; stop: number; step: number };
    const by = stop < start && step === 1 ? -1 : step;
    const values = Array.from({ length: outputs[0]!.shape[0]! }, (_, index) => start + index * by);
    return [outputs[0]!.dtype === 'float32' ? emit.float(values) : emit.int32(values)];
  },
};

/** start … stop in equal steps, each added to the number before, as tfjs does. */
const linSpace: Kernel = {
  cheap: true,
  infer: (_, { num }: { num: number }) => [{ shape: [num], dtype: 'float32' }],
  lower: (emit, { attributes }) => {
    const { start, stop, num } = attributes as { start: number; stop: number; num: number };
    const values = new Float32Array(num).fill(start);
    for (let index = 1; index < num; index++) values[index] = values[index - 1]! + (stop - start) / (num - 1);
    return [emit.float(values)];
  },
};

/** x on the diagonal of a matrix of zeros, [x.size, x.size], in the shape of x twice. */
const diag: Kernel = {
  infer: ({ x }) => [{ shape: [...x!.shape, ...x!.shape], dtype: x!.dtype }],
  lower: (emit: Emitter, { names, inputs, outputs }) => {
    const { shape, dtype } = inputs.x!;
    const size = sizeOf(shape);
    const places = emit.int32([...Array(size).keys()]);
    const isDiagonal = emit.op('Equal', [reshaped(emit, places, [size, 1]), places]);
    const work = dtype === 'float32' ? 'float32' : 'int32';
    const row = castTo(emit, reshaped(emit, names.x!, [size]), work);
    const matrix = emit.op('Where', [isDiagonal, row, filled(emit, 0, { shape: [], dtype: work })]);
    return [castTo(emit, reshaped(emit, matrix, outputs[0]!.shape), dtype)];
  },
};

export const created: Record<string, Kernel> = {
  Diag: diag,
  Fill: fill,
  LinSpace: linSpace,
  OnesLike: like(1),
  Range: range,
  ZerosLike: like(0),
};
