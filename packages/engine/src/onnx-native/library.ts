import { builtin, importInstalled } from '../devices/host.ts';

type Koffi = typeof import('koffi');
type Threaded = import('koffi').KoffiFunc<(...values: RunArguments) => Address | null>;

/** An address of ONNX Runtime's: of a session, a tensor, … */
export type Address = bigint;

/** What is passed for a C pointer: memory of ours, or an address that ONNX Runtime gave. */
type Pointer = ArrayBufferView | Address | null;

type RunArguments = readonly [
  session: Address,
  options: Pointer,
  inputNames: BigUint64Array,
  inputs: BigUint64Array,
  inputCount: number,
  outputNames: BigUint64Array,
  outputCount: number,
  outputs: BigUint64Array,
];

/** Where a function writes one address. */
const place = () => new BigUint64Array(1);

// Positions in `struct OrtApi` of onnxruntime_c_api.h. They never change: later versions of the interface add to its end.
const position = {
  GetErrorMessage: 2,
  CreateEnv: 3,
  CreateSessionFromArray: 8,
  Run: 9,
  CreateSessionOptions: 10,
  EnableProfiling: 14,
  DisableMemPattern: 17,
  SetSessionLogSeverityLevel: 22,
  SetSessionGraphOptimizationLevel: 23,
  SetIntraOpNumThreads: 24,
  SetInterOpNumThreads: 25,
  SessionGetOutputCount: 31,
  SessionGetOutputName: 37,
  CreateTensorWithDataAsOrtValue: 49,
  GetTensorMutableData: 51,
  GetTensorElementType: 60,
  GetDimensionsCount: 61,
  GetDimensions: 62,
  GetTensorTypeAndShape: 65,
  CreateCpuMemoryInfo: 69,
  AllocatorFree: 76,
  GetAllocatorWithDefaultOptions: 78,
  ReleaseStatus: 93,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseTensorTypeAndShapeInfo: 99,
  ReleaseSessionOptions: 100,
  AddSessionConfigEntry: 130,
  CreateAndRegisterAllocator: 144,
  UnregisterAllocator: 177,
} as const;
const positions = 178;
const interfaceVersion = 9;

/** ONNX Runtime computes on the stack that a foreign call gets; the defaults, 1 MiB here and 128 KiB in threads, are less than a main thread's. */
const stackBytes = 8 * 1024 * 1024;

export type Library = Awaited<ReturnType<typeof openLibrary>>;

/**
 * The C interface of the ONNX Runtime that onnxruntime-node brings along, as functions that throw what they report.
 *
 * @throws Error where koffi or the library is missing.
 */
export async function openLibrary() {
  const imported = (await importInstalled('koffi')) as Koffi & { default?: Koffi };
  const koffi = imported.default ?? imported;
  const { sync_stack_size: here = 0, async_stack_size: inThreads = 0 } = koffi.config();
  if (Math.min(here, inThreads) < stackBytes)
    koffi.config({
      sync_stack_size: Math.max(here, stackBytes),
      async_stack_size: Math.max(inThreads, stackBytes),
    });
  const file = koffi.load(libraryFile());
  const base = file.func('OrtGetApiBase', 'void *', [])() as Address;
  const [getApi] = koffi.decode(base, 'void *', 2) as Address[];
  const api = koffi.call(getApi, koffi.proto('void *(uint32_t)'), interfaceVersion) as Address;
  const table = koffi.decode(api, 'void *', positions) as Address[];
  const at = (name: keyof typeof position, result: string, parameters: readonly string[]) => {
    const type = koffi.proto(result, [...parameters]);
    return (...values: readonly unknown[]) => koffi.call(table[position[name]], type, ...values);
  };

  const messageOf = at('GetErrorMessage', 'str', ['void *']);
  const releaseStatus = at('ReleaseStatus', 'void', ['void *']);
  const check = (status: Address | null): void => {
    if (!status) return;
    const message = messageOf(status) as string;
    releaseStatus(status);
    throw new Error(message);
  };
  /** A function that returns a status. */
  const checked = (name: keyof typeof position, ...parameters: readonly string[]) => {
    const call = at(name, 'void *', parameters);
    return (...values: readonly unknown[]): void => check(call(...values) as Address | null);
  };
  const made = (fill: (target: BigUint64Array) => void): Address => {
    const target = place();
    fill(target);
    return target[0]!;
  };
  const release = (name: keyof typeof position) => at(name, 'void', ['void *']) as (address: Address) => void;

  const createEnv = checked('CreateEnv', 'int', 'str', 'void *');
  const createMemoryInfo = checked('CreateCpuMemoryInfo', 'int', 'int', 'void *');
  const getAllocator = checked('GetAllocatorWithDefaultOptions', 'void *');
  const getOutputName = checked('SessionGetOutputName', 'void *', 'size_t', 'void *', 'void *');
  const getDimensionsCount = checked('GetDimensionsCount', 'void *', 'void *');
  const getOutputCount = checked('SessionGetOutputCount', 'void *', 'void *');
  const getType = checked('GetTensorElementType', 'void *', 'void *');
  const getShape = checked('GetTensorTypeAndShape', 'void *', 'void *');
  const getDimensions = checked('GetDimensions', 'void *', 'void *', 'size_t');
  const getData = checked('GetTensorMutableData', 'void *', 'void *');
  const free = checked('AllocatorFree', 'void *', 'void *');
  const createOptions = checked('CreateSessionOptions', 'void *');
  const createTensor = checked(
    'CreateTensorWithDataAsOrtValue',
    ...['void *', 'void *', 'size_t', 'void *', 'size_t', 'int', 'void *'],
  );
  const registerAllocator = checked('CreateAndRegisterAllocator', 'void *', 'void *', 'void *');
  const unregisterAllocator = checked('UnregisterAllocator', 'void *', 'void *');
  const createSession = checked('CreateSessionFromArray', 'void *', 'void *', 'size_t', 'void *', 'void *');
  const runParameters = ['void *', 'void *', 'void *', 'void *', 'size_t', 'void *', 'size_t', 'void *'];
  const run = checked('Run', ...runParameters);
  const inThread = koffi.decode(table[position.Run], koffi.proto('void *', runParameters)) as Threaded;
  const releaseShape = release('ReleaseTensorTypeAndShapeInfo');

  const fatal = 4; // what fails is thrown
  const env = made((target) => createEnv(fatal, 'polytask', target));
  const [deviceAllocator, arenaAllocator] = [0, 1];
  const memory = made((target) => createMemoryInfo(deviceAllocator, 0, target));
  const arena = made((target) => createMemoryInfo(arenaAllocator, 0, target));
  const allocator = made((target) => getAllocator(target));
  const textOf = (address: Address) => koffi.decode(address, 'char', -1) as string;

  return {
    /** koffi unloads the file when nobody holds it any more. */
    file,
    address: (memoryOfOurs: ArrayBufferView): Address => koffi.address(memoryOfOurs),
    createOptions: () => made((target) => createOptions(target)),
    setGraphOptimization: checked('SetSessionGraphOptimizationLevel', 'void *', 'int'),
    setIntraOpThreads: checked('SetIntraOpNumThreads', 'void *', 'int'),
    setInterOpThreads: checked('SetInterOpNumThreads', 'void *', 'int'),
    disableMemoryPattern: checked('DisableMemPattern', 'void *'),
    setLogSeverity: checked('SetSessionLogSeverityLevel', 'void *', 'int'),
    setConfiguration: checked('AddSessionConfigEntry', 'void *', 'str', 'str'),
    // paths are wide on Windows
    enableProfiling: checked('EnableProfiling', 'void *', builtin('node:os')?.platform() === 'win32' ? 'str16' : 'str'),
    /** Makes the arena that sessions share from now on. The process has one at most, whatever its threads ask for. */
    registerArena: () => registerAllocator(env, arena, null),
    /** Forgets it: it is freed when the last session that has it is released. @throws Error when the process has none. */
    unregisterArena: () => unregisterAllocator(env, arena),
    releaseOptions: release('ReleaseSessionOptions'),
    createSession: (bytes: Uint8Array, options: Address) =>
      made((target) => createSession(env, bytes, bytes.length, options, target)),
    releaseSession: release('ReleaseSession'),
    outputNames(session: Address): string[] {
      const count = Number(made((target) => getOutputCount(session, target)));
      return Array.from({ length: count }, (_, index) => {
        const name = made((target) => getOutputName(session, index, allocator, target));
        const text = textOf(name);
        free(allocator, name);
        return text;
      });
    },
    /** A tensor over memory that must outlive it. */
    createTensor: (data: ArrayBufferView, shape: BigInt64Array, type: number) =>
      made((target) => createTensor(memory, data, data.byteLength, shape, shape.length, type, target)),
    releaseTensor: release('ReleaseValue'),
    /** Names and tensors are arrays of addresses. Where an output is 0, ONNX Runtime makes the tensor. */
    run: run as (...values: RunArguments) => void,
    /** The same in a thread of its own; resolves to what was passed, which koffi does not hold. Tensors must be held until it ends. */
    runInThread: (...values: RunArguments): Promise<RunArguments> =>
      new Promise((resolve, reject) => {
        inThread.async(...values, (error: unknown, status) => {
          try {
            if (error) throw error;
            check(status);
            resolve(values);
          } catch (failed) {
            reject(failed as Error);
          }
        });
      }),
    /** The type, the shape and the bytes of a tensor; the bytes are its own and end with it. */
    contents(tensor: Address): { type: number; shape: number[]; bytes: (length: number) => ArrayBuffer } {
      const info = made((target) => getShape(tensor, target));
      const type = new Int32Array(1);
      getType(info, type);
      const dimensions = new BigInt64Array(Number(made((target) => getDimensionsCount(info, target))));
      getDimensions(info, dimensions, dimensions.length);
      releaseShape(info);
      return {
        type: type[0]!,
        shape: Array.from(dimensions, Number),
        bytes: (length) =>
          koffi.view(
            made((target) => getData(tensor, target)),
            length,
          ),
      };
    },
  };
}

/** The shared library in onnxruntime-node, which has one folder per platform. */
function libraryFile(): string {
  const { createRequire } = builtin('node:module')!;
  const { dirname, join } = builtin('node:path')!;
  const { readdirSync } = builtin('node:fs')!;
  const installed = dirname(createRequire(import.meta.url).resolve('onnxruntime-node/package.json'));
  const { platform, arch } = globalThis.process;
  const versions = join(installed, 'bin');
  for (const version of readdirSync(versions)) {
    const folder = join(versions, version, platform, arch);
    const file = readdirSync(folder).find((name) => /^(lib)?onnxruntime\.(so|dll|.*dylib)/.test(name));
    if (file) return join(folder, file);
  }
  throw new Error(`onnxruntime-node has no library for ${platform} ${arch}`);
}
