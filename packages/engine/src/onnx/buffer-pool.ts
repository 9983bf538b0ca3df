import { sizeOf, type TypedArray } from '@polytask/base';
import type { Tensor } from 'onnxruntime-common';
import type { Spec } from '../graph.ts';
import { smallestTail } from '../tail/split-tail.ts';
import type { TailMemory } from '../tail/tail-memory.ts';
import type { OnnxOptions } from './session.ts';

export const allocate = ({ dtype, shape }: Spec): TypedArray => {
  const size = sizeOf(shape);
  return dtype === 'float32' ? new Float32Array(size) : dtype === 'int32' ? new Int32Array(size) : new Uint8Array(size);
};

export const ortTensor = ({ runtime }: OnnxOptions, { dtype, shape }: Spec, data: TypedArray): Tensor =>
  new runtime.Tensor(dtype, data as Float32Array, [...shape]);

export type Pool = {
  /**
   * @param fresh whether somebody else keeps it.
   * @param stays whether it had better lie in the memory of tails.
   */
  take(spec: Spec, fresh: boolean, stays: boolean): Tensor;
  give(spec: Spec, tensor: Tensor): void;
  giveTensor(tensor: Tensor): void;
  /** Whether it lies in the memory of tails. */
  isOfTails(tensor: Tensor): boolean;
  size(): number;
};

/** Buffers of donated arguments and of values between stages, for the results of later runs. */
export function bufferPool(options: OnnxOptions, memory: TailMemory | undefined): Pool {
  const free = new Map<string, Tensor[]>();
  const signature = (dtype: string, shape: readonly number[], isOfTails: boolean) =>
    `${dtype}[${shape}]${isOfTails ? ' of tails' : ''}`;
  const isOfTails = (tensor: Tensor) =>
    memory !== undefined && tensor.type === 'float32' && memory.holds(tensor.data as Float32Array);
  // Where results come in arrays of the runtime's own, there is nothing to fill and nothing to keep.
  const put = (key: string, tensor: Tensor) => {
    if (options.fillsOutputs) free.set(key, [...(free.get(key) ?? []), tensor]);
  };
  const ofTails = (spec: Spec): Tensor | undefined => {
    if (spec.dtype !== 'float32' || sizeOf(spec.shape) < smallestTail) return undefined;
    const known = free.get(signature(spec.dtype, spec.shape, true))?.pop();
    const made = known ? undefined : memory?.allocate(sizeOf(spec.shape));
    return known ?? (made && ortTensor(options, spec, made));
  };
  return {
    take: (spec, fresh, stays) =>
      (!fresh && stays ? ofTails(spec) : undefined) ??
      (fresh
        ? ortTensor(options, spec, allocate(spec))
        : (free.get(signature(spec.dtype, spec.shape, false))?.pop() ??
          options.allocate?.(spec) ??
          ortTensor(options, spec, allocate(spec)))),
    give: (spec, tensor) => put(signature(spec.dtype, spec.shape, isOfTails(tensor)), tensor),
    giveTensor: (tensor) => put(signature(tensor.type, tensor.dims, isOfTails(tensor)), tensor),
    isOfTails,
    size: () => [...free.values()].reduce((sum, tensors) => sum + tensors.length, 0),
  };
}
