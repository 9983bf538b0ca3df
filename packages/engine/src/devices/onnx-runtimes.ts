import type { Runtime } from '../onnx/session.ts';
import { workerRuntime } from '../worker-runtime.ts';
import { importInstalled, isNode, processors } from './host.ts';
import type { DeviceOptions } from './opener.ts';

type WasmFlags = { numThreads?: number; wasmPaths?: string };

/** ONNX Runtime's native build. The package is optional: an install that could not fetch it goes on without. */
export const nativeRuntime = async (
  worker = false,
): Promise<Pick<Awaited<ReturnType<typeof workerRuntime>>, 'runtime'>> =>
  worker ? await workerRuntime() : { runtime: runtimeOf(await importInstalled('onnxruntime-node')) };

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
