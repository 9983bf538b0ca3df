import { leaves, type Tree, type TypedArray } from '@polytask/base';
import { type InferenceSession, Tensor } from 'onnxruntime-common';
import type { Runtime, Session } from '../onnx/session.ts';
import { type Arena, sharedArena } from './arena.ts';
import { type Address, type Library, openLibrary } from './library.ts';

/** ONNX's numbers for types, and the arrays that hold them. */
const types = {
  float32: [1, Float32Array],
  uint8: [2, Uint8Array],
  int32: [6, Int32Array],
  int64: [7, BigInt64Array],
  bool: [9, Uint8Array],
} as const;
type TypeName = keyof typeof types;

const allOptimizations = 99;

/**
 * Sessions whose last run took longer compute in a thread of their own, so that the next batch is made meanwhile and timers have their turn;
 * handing a shorter one over would cost more than it gives. The numbers are the same.
 */
const longMs = 2;

/** One for the process: a library that is unloaded while something of it is still in use ends the process. */
let opened: Promise<{ readonly library: Library; readonly arena: Arena }> | undefined;

/**
 * ONNX Runtime by its C interface. onnxruntime-node's own binding copies every result, also one that it has computed into an array of
 * ours: half a millisecond a megabyte, 60 of a step's 150 ms where ResNet-18 updates its parameters and moments.
 */
export async function cRuntime(): Promise<Runtime> {
  opened ??= openLibrary().then((library) => ({ library, arena: sharedArena(library) }));
  const { library, arena } = await opened;
  const tensors = tensorTable(library);
  return {
    InferenceSession: { create: async (bytes, options) => openSession(library, arena, tensors, bytes, options) },
    Tensor,
  };
}

function openSession(
  library: Library,
  arena: Arena,
  tensors: TensorTable,
  bytes: Uint8Array,
  options: InferenceSession.SessionOptions,
): Session {
  const settings = library.createOptions();
  let session: Address;
  arena.enter();
  try {
    if (options.graphOptimizationLevel === 'all') library.setGraphOptimization(settings, allOptimizations);
    if (options.intraOpNumThreads !== undefined) library.setIntraOpThreads(settings, options.intraOpNumThreads);
    if (options.interOpNumThreads !== undefined) library.setInterOpThreads(settings, options.interOpNumThreads);
    if (options.logSeverityLevel !== undefined) library.setLogSeverity(settings, options.logSeverityLevel);
    if (options.enableMemPattern === false) library.disableMemoryPattern(settings);
    library.setConfiguration(settings, 'session.use_env_allocators', '1');
    for (const [key, value] of configuration(options.extra)) library.setConfiguration(settings, key, value);
    if (options.enableProfiling) library.enableProfiling(settings, options.profileFilePrefix);
    session = library.createSession(bytes, settings);
  } catch (error) {
    arena.leave();
    throw error;
  } finally {
    library.releaseOptions(settings);
  }
  const nameOf = cStrings(library);
  const outputNames = library.outputNames(session);

  let lastMs = 0;
  const run = async (feeds: Record<string, Tensor>, fetches: Record<string, Tensor | null>) => {
    const given = Object.entries(feeds);
    const wanted = Object.entries(fetches);
    const inputs = BigUint64Array.from(given, ([, tensor]) => tensors.addressOf(tensor));
    const outputs = BigUint64Array.from(wanted, ([, tensor]) => (tensor ? tensors.addressOf(tensor) : 0n));
    const [inputNames, names] = [given, wanted].map((entries) =>
      BigUint64Array.from(entries as [string, unknown][], ([name]) => nameOf(name)),
    ) as [BigUint64Array, BigUint64Array];
    const values = [session, null, inputNames, inputs, given.length, names, wanted.length, outputs] as const;
    const start = performance.now();
    if (lastMs > longMs) await library.runInThread(...values);
    else library.run(...values);
    lastMs = performance.now() - start;
    return Object.fromEntries(wanted.map(([name, tensor], at) => [name, tensor ?? tensors.taken(outputs[at]!)]));
  };

  // Addresses are all that a thread has of tensors: those that nobody else holds, such as inputs, would be collected under it.
  const computing = new Set<readonly unknown[]>();
  return {
    async run(feeds, fetches = Object.fromEntries(outputNames.map((name) => [name, null]))) {
      const tensors = [feeds, fetches];
      computing.add(tensors);
      try {
        // A short run keeps the thread; between two, timers and signals have their turn.
        if (lastMs <= longMs) await new Promise<void>((resolve) => setImmediate(resolve));
        return await run(feeds, fetches);
      } finally {
        computing.delete(tensors);
      }
    },
    // The profile is written when the session is released.
    endProfiling() {},
    async release() {
      library.releaseSession(session);
      arena.leave();
    },
  };
}

/** `{ session: { a: '1' } }` as ONNX Runtime names it: `session.a`. */
const configuration = (extra: object = {}): [key: string, value: string][] =>
  leaves<unknown>(extra as Tree<unknown>).map(([path, value]) => [path, String(value)]);

type TensorTable = {
  addressOf(tensor: Tensor): Address;
  /** A copy of a tensor that ONNX Runtime has made, which is freed. */
  taken(address: Address): Tensor;
};

/** ONNX Runtime's tensors over the memory of ours. They are kept as long as ours: parameters are the same from step to step. */
function tensorTable(library: Library): TensorTable {
  const known = new WeakMap<Tensor, Address>();
  const forgotten = new FinalizationRegistry<Address>((address) => library.releaseTensor(address));
  return {
    addressOf(tensor) {
      const found = known.get(tensor);
      if (found !== undefined) return found;
      const [type] = types[tensor.type as TypeName];
      const shape = BigInt64Array.from(tensor.dims, BigInt);
      const address = library.createTensor(tensor.data as TypedArray, shape, type);
      known.set(tensor, address);
      forgotten.register(tensor, address);
      return address;
    },
    taken(address) {
      const { type, shape, bytes } = library.contents(address);
      const [name, [, ArrayType]] = Object.entries(types).find(([, [number]]) => number === type)!;
      const size = shape.reduce((product, length) => product * length, 1);
      const data = new ArrayType(size);
      if (size > 0) new Uint8Array(data.buffer).set(new Uint8Array(bytes(data.byteLength)));
      library.releaseTensor(address);
      return new Tensor(name as 'float32', data as Float32Array, shape);
    },
  };
}

/** The addresses of names that end in a zero byte, each made once. */
function cStrings(library: Library): (name: string) => Address {
  const known = new Map<string, { readonly bytes: Uint8Array; readonly address: Address }>();
  const encoder = new TextEncoder();
  return (name) => {
    let found = known.get(name);
    if (!found) {
      const bytes = encoder.encode(`${name}\0`);
      found = { bytes, address: library.address(bytes) };
      known.set(name, found);
    }
    return found.address;
  };
}
