import type { OnnxOptions, Runtime } from '../onnx/session.ts';
import { cRuntime } from '../onnx-native/runtime.ts';
import { tailMemory } from '../tail/tail-memory.ts';
import { workerRuntime } from '../worker-runtime.ts';
import { importInstalled, isNode, processors } from './host.ts';
import { type DeviceOptions, reason } from './opener.ts';

type WasmFlags = { numThreads?: number; wasmPaths?: string };

type NativeRuntime = Pick<Awaited<ReturnType<typeof workerRuntime>>, 'runtime'> &
  Pick<OnnxOptions, 'tails'> & {
    /** How it is called, where that costs copies or passes over memory. */
    readonly remark?: string;
  };

/**
 * ONNX Runtime's native build for the processor: by its C interface where koffi is installed, else by onnxruntime-node's binding, which
 * copies results. The packages are optional: an install that could not fetch them goes on without.
 */
export async function nativeRuntime(worker = false): Promise<NativeRuntime> {
  if (worker) return { ...(await workerRuntime()), remark: 'in a worker' };
  let runtime: Runtime;
  try {
    runtime = await cRuntime();
  } catch (error) {
    return { ...(await bindingRuntime()), remark: `results copied (${reason(error)})` };
  }
  try {
    return { runtime, tails: tailMemory() };
  } catch (error) {
    // where a process may not have 4 GiB of addresses, used or not
    return { runtime, remark: `updates in several passes (${reason(error)})` };
  }
}

/** onnxruntime-node's binding, which knows execution providers. */
export const bindingRuntime = async (): Promise<NativeRuntime> => ({
  runtime: runtimeOf(await importInstalled('onnxruntime-node')),
});

/**
 * ONNX Runtime's WebAssembly build, or the larger one that speaks WebGPU too, and how many threads it has.
 *
 * Threads and paths hold for the whole process or page, from the first session on.
 */
export async function webRuntime(
  { threads = processors(), wasmPaths }: DeviceOptions,
  build: 'wasm' | 'webgpu',
): Promise<{ runtime: Runtime; threads: number }> {
  // The build for Node is another file, which bundles for the browser need not carry along.
  const module = isNode()
    ? await importInstalled('onnxruntime-web')
    : await (build === 'wasm' ? import('onnxruntime-web/wasm') : import('onnxruntime-web/webgpu'));
  const runtime = runtimeOf(module);
  const { wasm } = (runtime as Runtime & { env: { wasm: WasmFlags } }).env;
  // Threads share memory, which browsers give to isolated pages alone.
  const possible = isNode() || globalThis.crossOriginIsolated ? threads : 1;
  wasm.numThreads = possible;
  if (wasmPaths !== undefined) wasm.wasmPaths = wasmPaths;
  return { runtime, threads: possible };
}

/** CommonJS packages come with or without a `default`, depending on the loader. */
function runtimeOf(module: unknown): Runtime {
  const either = module as Runtime & { default?: Runtime };
  return either.InferenceSession ? either : either.default!;
}
