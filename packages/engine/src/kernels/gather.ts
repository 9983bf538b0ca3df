import { castTo, type Emitter, type Kernel, onnxTypes } from './kernel.ts';
import { unsortedSegmentSum } from './segment-sum.ts';
import { reshaped } from './shape.ts';

/** `int64` is ONNX's type for indices of whole entries. */
export const int64 = (emit: Emitter, name: string): string => emit.op('Cast', [name], { to: 7 });

const gather: Kernel = {
  infer: ({ x, indices }, { axis, batchDims }: { axis: number; batchDims?: number }) => {
    const at = axis < 0 ? axis + x!.shape.length : axis;
    return [
      {
        shape: [...x!.shape.slice(0, at), ...indices!.shape.slice(batchDims ?? 0), ...x!.shape.slice(at + 1)],
        dtype: x!.dtype,
      },
    ];
  },
  lower: (emit, { names, inputs, attributes }) => {
    const { axis, batchDims = 0 } = attributes as { axis: number; batchDims?: number };
    const at = axis < 0 ? axis + inputs.x!.shape.length : axis;
    if (batchDims === 0) return [emit.op('Gather', [names.x!, names.indices!], { axis: at })];
    if (at !== batchDims)
      throw new RangeError(`A gather with batchDims ${batchDims} needs axis ${batchDims}. Found ${axis}.`);
    const tuples = int64(emit, reshaped(emit, names.indices!, [...inputs.indices!.shape, 1]));
    return [emit.op('GatherND', [names.x!, tuples], { batch_dims: batchDims })];
  },
};

/** params[indices[…, 0], indices[…, 1], …], with the axes of params that the indices do not reach at the end. */
const gatherNd: Kernel = {
  infer: ({ params, indices }) => {
    const depth = indices!.shape.at(-1)!;
    return [{ shape: [...indices!.shape.slice(0, -1), ...params!.shape.slice(depth)], dtype: params!.dtype }];
  },
  lower: (emit, { names, inputs, outputs }) => {
    const depth = inputs.indices!.shape.at(-1)!;
    if (depth === 0) return [emit.op('Expand', [names.params!, emit.int64(outputs[0]!.shape)])];
    return [emit.op('GatherND', [names.params!, int64(emit, names.indices!)], { batch_dims: 0 })];
  },
};

/** Compared with a range: ONNX's own OneHot counts negative indices from the end, tfjs leaves their rows empty. */
const oneHot: Kernel = {
  infer: ({ indices }, { depth, dtype }: { depth: number; dtype?: 'float32' | 'int32' | 'bool' }) => [
    { shape: [...indices!.shape, depth], dtype: dtype ?? 'float32' },
  ],
  lower: (emit, { names, inputs, attributes, outputs }) => {
    const { depth, onValue = 1, offValue = 0 } = attributes as { depth: number; onValue?: number; offValue?: number };
    const columns = emit.int32(Array.from({ length: depth }, (_, index) => index));
    const equal = emit.op('Equal', [reshaped(emit, names.indices!, [...inputs.indices!.shape, 1]), columns]);
    const { dtype } = outputs[0]!;
    if (onValue === 1 && offValue === 0) return [emit.op('Cast', [equal], { to: onnxTypes[dtype] })];
    const chosen = emit.op('Where', [equal, emit.float([onValue], []), emit.float([offValue], [])]);
    return [dtype === 'float32' ? chosen : castTo(emit, chosen, dtype)];
  },
};

export const gathers: Record<string, Kernel> = {
  GatherNd: gatherNd,
  GatherV2: gather,
  OneHot: oneHot,
  UnsortedSegmentSum: unsortedSegmentSum,
};
