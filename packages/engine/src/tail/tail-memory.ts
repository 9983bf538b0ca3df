import { type Code, largestMemory, wasmModule } from './wasm-code.ts';

const page = 65536;
/** Bytes to which tensors are aligned: a line of the processor's cache. */
const line = 64;
/** Entries that are copied at a time where a tensor lies elsewhere; all that a group reads of them fits a processor's cache. */
const chunk = 2 ** 14;

/** Computes one group over its tensors, given in the order of the code. Outputs may be vectors too. */
export type TailKernel = (
  vectors: readonly Float32Array[],
  scalars: readonly number[],
  outputs: readonly Float32Array[],
) => void;

export type TailMemory = {
  /** Room for so many numbers, or undefined where there is none left. It is free again when nobody has the array any more. */
  allocate(size: number): Float32Array | undefined;
  holds(tensor: Float32Array): boolean;
  /** Undefined where there is no room left for the pieces that it copies. */
  kernel(code: Code): TailKernel | undefined;
};

/**
 * Memory that WebAssembly computes in, for tensors of ONNX Runtime. It grows, and what was made of it before stays: shared memory is not
 * moved. Tensors that lie elsewhere are copied in and out, piece by piece.
 */
export function tailMemory(): TailMemory {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: largestMemory, shared: true });
  const own = new WeakSet<ArrayBufferLike>();
  const modules = new Map<string, (...values: number[]) => void>();
  const free = new Map<number, number[]>(); // by size: where there is room
  const abandoned = new FinalizationRegistry<{ size: number; start: number }>(({ size, start }) =>
    free.set(size, [...(free.get(size) ?? []), start]),
  );
  let used = 0;

  /** The end of what is used, where there is room for so many more numbers, or can be. */
  const atEnd = (size: number): number | undefined => {
    const start = Math.ceil(used / line) * line;
    const end = start + 4 * size; // up to three entries more are written to: they are before the next line
    const pages = Math.ceil((end + line) / page) - memory.buffer.byteLength / page;
    try {
      if (pages > 0) memory.grow(pages);
    } catch {
      return undefined; // 4 GiB, or what the machine has
    }
    used = end;
    return start;
  };
  const allocate = (size: number): Float32Array | undefined => {
    const start = free.get(size)?.pop() ?? atEnd(size);
    if (start === undefined) return undefined;
    own.add(memory.buffer);
    const made = new Float32Array(memory.buffer, start, size);
    abandoned.register(made, { size, start });
    return made;
  };

  const compiled = (code: Code) => {
    const key = JSON.stringify(code);
    let run = modules.get(key);
    if (!run) {
      const instance = new WebAssembly.Instance(new WebAssembly.Module(wasmModule(code)), { tail: { memory } });
      run = instance.exports.run as (...values: number[]) => void;
      modules.set(key, run);
    }
    return run;
  };

  const stages: Float32Array[] = [];
  const holds = ({ buffer }: Float32Array) => own.has(buffer);

  return {
    allocate,
    holds,
    kernel(code) {
      while (stages.length < code.vectors + code.outputs.length) {
        const stage = allocate(chunk);
        if (!stage) return undefined;
        stages.push(stage);
      }
      const run = compiled(code);
      return (vectors, scalars, outputs) => {
        const tensors = [...vectors, ...outputs];
        const size = vectors[0]!.length;
        const step = tensors.every(holds) ? size : chunk;
        for (let start = 0; start < size; start += step) {
          const count = Math.min(step, size - start);
          const piece = (tensor: Float32Array) => tensor.subarray(start, start + count);
          const addresses = tensors.map((tensor, at) => {
            if (holds(tensor)) return tensor.byteOffset + 4 * start;
            if (at < vectors.length) stages[at]!.set(piece(tensor));
            return stages[at]!.byteOffset;
          });
          run(...addresses, ...scalars, addresses[0]! + 4 * count);
          for (const [at, tensor] of outputs.entries()) {
            if (!holds(tensor)) tensor.set(stages[vectors.length + at]!.subarray(0, count), start);
          }
        }
      };
    },
  };
}
