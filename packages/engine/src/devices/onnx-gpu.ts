import type { Device } from '../device.ts';
import { onnxDevice } from '../onnx/device.ts';
import { model, node, valueInfo } from '../onnx/proto.ts';
import { type OnnxOptions, sessionOptions } from '../onnx/session.ts';
import { builtin, isNode, processors } from './host.ts';
import { bindingRuntime, webRuntime } from './onnx-runtimes.ts';
import { type Opener, reason, unavailable } from './opener.ts';

/**
 * ONNX Runtime with WebGPU: onnxruntime-node through Vulkan, Metal or Direct3D, onnxruntime-web in a browser. Arguments go to the GPU with
 * each run and results come back; operations that WebGPU has no kernel for run on the processor.
 */
export const onnxWebgpu: Opener = async (options) => {
  const { profile } = options;
  const name = 'onnx-webgpu';
  const shared = { name, providers: ['webgpu'], widestSplit: 7, fillsOutputs: false, ...(profile && { profile }) };
  if (isNode()) {
    const threads = options.threads ?? processors();
    const description = 'ONNX Runtime, native, WebGPU';
    return started({ ...shared, description, threads, ...(await native('WebGPU')) });
  }
  const adapter = await adapterName();
  const description = `ONNX Runtime, WebGPU on ${adapter}`;
  return started({ ...shared, description, ...(await webRuntime(options, 'webgpu')) });
};

/** ONNX Runtime with CUDA 12, for Linux x64. The libraries come from NuGet: npm's package has none. */
export const onnxCuda: Opener = async ({ threads = processors(), profile }) => {
  if (!isNode()) throw unavailable('E3104', 'CUDA is for Node.');
  const opened = await native('CUDA');
  const library = cudaLibrary();
  if (library === undefined) throw unavailable('E3104', 'onnxruntime-node has CUDA libraries for Linux x64 only.');
  // ONNX Runtime would print a line of its own on stderr.
  if (!builtin('node:fs')!.existsSync(library))
    throw unavailable(
      'E3104',
      'The CUDA libraries of onnxruntime-node are not installed. They come from NuGet: ONNXRUNTIME_NODE_INSTALL=cuda12 npm install onnxruntime-node.',
    );
  const description = 'ONNX Runtime, native, CUDA';
  return started({
    name: 'onnx-cuda',
    description,
    providers: ['cuda'],
    fillsOutputs: false,
    threads,
    ...opened,
    ...(profile && { profile }),
  });
};

const native = (what: string) =>
  bindingRuntime().catch((error: unknown) => {
    throw unavailable('E3104', `onnxruntime-node, which speaks ${what}, does not load: ${reason(error)}.`);
  });

/** A GPU that is not there is noticed when a session is made: a device that opens has run one. */
async function started(options: OnnxOptions): Promise<Device> {
  const { runtime, name } = options;
  const scalar = (value: string) => valueInfo(value, 'float32', [1]);
  const doubled = model(
    {
      name,
      nodes: [node({ type: 'Add', name: 'add', inputs: ['x', 'x'], outputs: ['y'], attributes: {} })],
      initializers: [],
      inputs: [scalar('x')],
      outputs: [scalar('y')],
    },
    [],
  );
  const { profile: _, ...withoutProfile } = options;
  try {
    const session = await runtime.InferenceSession.create(doubled, sessionOptions(withoutProfile));
    const { y } = await session.run({ x: new runtime.Tensor('float32', [21], [1]) });
    const result = y!.data[0];
    await session.release();
    if (result !== 42) throw new Error(`21 + 21 is ${result} there.`);
  } catch (error) {
    throw unavailable('E3104', `ONNX Runtime does not start there: ${inWords(reason(error))}`);
  }
  return onnxDevice(options);
}

/** ONNX Runtime's messages begin with the place in its sources. */
const inWords = (message: string): string => message.replace(/^.*\bwas false\. /, '').replace(/^\/\S+:\d+ /, '');

type Adapter = { readonly info?: { readonly vendor?: string; readonly architecture?: string } };
type Gpu = { requestAdapter(): Promise<Adapter | null> };

async function adapterName(): Promise<string> {
  const { gpu } = (globalThis.navigator ?? {}) as { gpu?: Gpu };
  if (!gpu) throw unavailable('E3104', 'This browser, or this page, has no WebGPU.');
  const adapter = await gpu.requestAdapter();
  if (!adapter) throw unavailable('E3104', 'This browser has WebGPU and finds no adapter for it.');
  const { vendor, architecture } = adapter.info ?? {};
  return [vendor, architecture].filter(Boolean).join(' ') || 'an adapter without a name';
}

/** The file that onnxruntime-node loads for CUDA; undefined where there is none for this platform. */
function cudaLibrary(): string | undefined {
  const { platform, arch } = process;
  if (platform !== 'linux' || arch !== 'x64') return undefined;
  const { dirname, join } = builtin('node:path')!;
  const entry = builtin('node:module')!
    .createRequire(import.meta.url)
    .resolve('onnxruntime-node');
  return join(dirname(entry), '..', 'bin', 'napi-v6', platform, arch, 'libonnxruntime_providers_cuda.so');
}
