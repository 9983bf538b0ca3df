import type { Spec } from '../graph.ts';
import { castTo, type Emitter, type Kernel } from './kernel.ts';
import { filled, reshaped } from './shape.ts';

const resized = (shape: readonly number[], last: number) => [...shape.slice(0, -1), last];

/** Of equal entries the first comes first, in ONNX as in tfjs. They come sorted whether asked to or not. */
const topK: Kernel = {
  infer: ({ x }, { k }: { k: number }) => [
    { shape: resized(x!.shape, k), dtype: x!.dtype },
    { shape: resized(x!.shape, k), dtype: 'int32' },
  ],
  lower: (emit, { names, inputs, attributes }) => {
    const { k } = attributes as { k: number };
    const { dtype } = inputs.x!;
    const x = dtype === 'bool' ? castTo(emit, names.x!, 'int32') : names.x!;
    const [values, indices] = emit.ops('TopK', [x, emit.int64([k])], 2, { axis: -1, largest: 1, sorted: 1 });
    return [dtype === 'bool' ? castTo(emit, values!, dtype) : values!, castTo(emit, indices!, 'int32')];
  },
};

const clamped = (emit: Emitter, places: string, last: number) => emit.op('Min', [places, emit.int32([last], [])]);

/**
 * How many entries of each sorted row are below the value (`left`), or not above it (`right`): ⌈log₂(n + 1)⌉ steps of a binary search,
 * all values at once. A step goes on by a power of 2 where the entry before its goal still is below.
 */
const searchSorted: Kernel = {
  infer: ({ values }) => [{ shape: values!.shape, dtype: 'int32' }],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { side } = attributes as { side: 'left' | 'right' };
    const length = inputs.sortedSequence!.shape[1]!;
    const type = side === 'left' ? 'Less' : 'LessOrEqual';
    const work = (name: 'sortedSequence' | 'values') =>
      inputs[name]!.dtype === 'bool' ? castTo(emit, names[name]!, 'int32') : names[name]!;
    const [sequence, values] = [work('sortedSequence'), work('values')];
    let found = filled(emit, 0, outputs[0] as Spec);
    for (let step = 2 ** Math.floor(Math.log2(Math.max(1, length))); step >= 1 && length > 0; step /= 2) {
      const goal = emit.op('Add', [found, emit.int32([step], [])]);
      const entry = emit.op('GatherElements', [sequence, clamped(emit, before(emit, goal), length - 1)], { axis: 1 });
      const isInside = emit.op('LessOrEqual', [goal, emit.int32([length], [])]);
      found = emit.op('Where', [emit.op('And', [emit.op(type, [entry, values]), isInside]), goal, found]);
    }
    return [reshaped(emit, found, outputs[0]!.shape)];
  },
};

const before = (emit: Emitter, place: string) => emit.op('Sub', [place, emit.int32([1], [])]);

export const sorts: Record<string, Kernel> = { SearchSorted: searchSorted, TopK: topK };
