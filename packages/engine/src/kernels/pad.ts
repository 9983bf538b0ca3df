import { type Emitter, type Kernel, onnxTypes } from './kernel.ts';

type Paddings = readonly (readonly [before: number, after: number])[];

const pad: Kernel = {
  infer: ({ x }, { paddings }: { paddings: Paddings }) => [
    { shape: x!.shape.map((size, axis) => size + paddings[axis]![0] + paddings[axis]![1]), dtype: x!.dtype },
  ],
  lower: (emit, { names, inputs, attributes }) => {
    const { paddings, constantValue } = attributes as { paddings: Paddings; constantValue: number };
    const pads = emit.int64([...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)]);
    const { dtype } = inputs.x!;
    if (dtype === 'float32') return [emit.op('Pad', [names.x!, pads, emit.float([constantValue], [])])];
    // Of a boolean nothing but its default can be written as a constant: padding with true goes through integers.
    const x = dtype === 'bool' ? emit.op('Cast', [names.x!], { to: onnxTypes.int32 }) : names.x!;
    const padded = emit.op('Pad', [x, pads, emit.int32([Number(constantValue)], [])]);
    return [dtype === 'bool' ? emit.op('Cast', [padded], { to: onnxTypes.bool }) : padded];
  },
};

/** Which entry of an axis each entry of the padded axis repeats. `reflect` does not repeat the edge itself, `symmetric` does. */
function mirrored(length: number, [before, after]: readonly [number, number], mode: 'reflect' | 'symmetric'): number[] {
  const edge = mode === 'reflect' ? 0 : 1;
  return Array.from({ length: before + length + after }, (_, place) => {
    if (place < before) return before - place - edge;
    return place < before + length ? place - before : 2 * (length - 1) - (place - before) + edge;
  });
}

/** One gather per padded axis. */
const mirrorPad: Kernel = {
  cheap: true,
  infer: pad.infer,
  lower: (emit: Emitter, { names, inputs, attributes }) => {
    const { paddings, mode } = attributes as { paddings: Paddings; mode: 'reflect' | 'symmetric' };
    return [
      paddings.reduce<string>((x, padding, axis) => {
        if (padding[0] === 0 && padding[1] === 0) return x;
        return emit.op('Gather', [x, emit.int32(mirrored(inputs.x!.shape[axis]!, padding, mode))], { axis });
      }, names.x!),
    ];
  },
};

export const paddings: Record<string, Kernel> = { MirrorPad: mirrorPad, PadV2: pad };
