import { availableParallelism } from 'node:os';
import { didYouMean, PolytaskError } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Device } from './device.ts';
import { onnxDevice } from './onnx/device.ts';
import type { Runtime } from './onnx/session.ts';
import { tfjsDevice } from './tfjs/device.ts';
import { fillWasm } from './tfjs/fill-wasm.ts';
import { workerRuntime } from './worker-runtime.ts';

/** What can be asked for. `auto` and `onnx` take the best that loads here; the others are exactly themselves. */
export const deviceNames = ['auto', 'onnx', 'onnx-node', 'onnx-web', 'tfjs', 'tfjs-node', 'wasm', 'cpu'] as const;
export type DeviceName = (typeof deviceNames)[number];

export type DeviceOptions = {
  /** Threads of ONNX Runtime. Default: one per core. Numbers may differ in the last bits between thread counts. */
  readonly threads?: number;
  /** Writes an ONNX Runtime profile with this file prefix when the device's sessions are released. */
  readonly profile?: string;
  /**
   * Computes in a thread of its own, so that timers, servers and user interfaces go on meanwhile; the numbers are the same. Parameters that
   * are `resident` live there, batches are copied. Compiling stays on the calling thread. For onnxruntime-node: other devices compute on the
   * calling thread, and their description says so.
   */
  readonly worker?: boolean;
};

type Opener = (options: DeviceOptions) => Promise<Device>;

const defaultThreads = (): number => availableParallelism();

/** ONNX Runtime's native build. The package is optional: an install that could not fetch it goes on without. */
const onnxNode: Opener = async ({ threads = defaultThreads(), profile, worker = false }) => {
  const opened = worker ? await workerRuntime() : { runtime: await importRuntime(() => import('onnxruntime-node')) };
  return onnxDevice({
    name: 'onnx',
    description: `ONNX Runtime, native, ${threads} threads${worker ? ', in a worker' : ''}`,
    ...opened,
    threads,
    fillsOutputs: true,
    ...(profile && { profile }),
  });
};

const onnxWeb: Opener = async ({ threads = defaultThreads(), profile }) => {
  const runtime = await importRuntime(() => import('onnxruntime-web'));
  return onnxDevice({
    name: 'onnx-web',
    description: `ONNX Runtime, WebAssembly, ${threads} threads`,
    runtime,
    threads,
    fillsOutputs: false,
    ...(profile && { profile }),
  });
};

const tfjsNode: Opener = async () => {
  const failures: string[] = [];
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    try {
      await import(/* @vite-ignore */ name);
      return tfjsDevice({ name: 'tfjs-node', description: `${name} (libtensorflow)`, backend: 'tensorflow' });
    } catch (error) {
      failures.push(`${name}: ${reason(error)}`);
    }
  }
  throw new PolytaskError('usage', {
    code: 'E3102',
    message: `libtensorflow cannot be loaded (${failures.join('; ')}).`,
  });
};

const wasm: Opener = async () => {
  await import('@tensorflow/tfjs-backend-wasm');
  fillWasm();
  if (!(await tf.setBackend('wasm')))
    throw new PolytaskError('usage', { code: 'E3103', message: 'The WebAssembly backend of tfjs did not start.' });
  return tfjsDevice({ name: 'wasm', description: 'tfjs, WebAssembly, 1 thread', backend: 'wasm' });
};

const cpu: Opener = async () => {
  tf.env().set('PROD', true); // tfjs's cpu backend prints an advertisement otherwise
  await import('@tensorflow/tfjs-backend-cpu');
  await tf.setBackend('cpu');
  return tfjsDevice({ name: 'cpu', description: 'tfjs, plain JavaScript (slow: for reference)', backend: 'cpu' });
};

const openers: Readonly<Record<Exclude<DeviceName, 'auto' | 'onnx' | 'tfjs'>, Opener>> = {
  'onnx-node': onnxNode,
  'onnx-web': onnxWeb,
  'tfjs-node': tfjsNode,
  wasm,
  cpu,
};

/** The first that opens; its description says which better ones did not, and why. */
async function first(names: readonly (keyof typeof openers)[], options: DeviceOptions): Promise<Device> {
  const failures: string[] = [];
  for (const name of names) {
    try {
      const device = await openers[name](options);
      return failures.length === 0
        ? device
        : { ...device, description: `${device.description}; ${failures.join('; ')}` };
    } catch (error) {
      failures.push(`${name} is not available (${reason(error)})`);
    }
  }
  throw new PolytaskError('usage', {
    code: 'E3101',
    message: `No device can be opened: ${failures.join('; ')}.`,
    fix: 'Run `polytask doctor`.',
  });
}

/**
 * Opens a device by name.
 *
 * - `onnx`, `auto`: onnxruntime-node; onnxruntime-web where the native build cannot be loaded (its description says so)
 * - `tfjs`: tfjs-node-gpu or tfjs-node if installed and loadable, else `wasm`, else `cpu`
 *
 * @throws PolytaskError E3100 for an unknown name, E3101 to E3103 when it cannot be opened.
 */
export async function openDevice(name: string = 'auto', options: DeviceOptions = {}): Promise<Device> {
  if (!(deviceNames as readonly string[]).includes(name)) {
    throw new PolytaskError('usage', {
      code: 'E3100',
      path: 'device',
      message: `Unknown device "${name}".`,
      fix: didYouMean(name, deviceNames),
    });
  }
  const device = await (name === 'auto' || name === 'onnx'
    ? first(['onnx-node', 'onnx-web'], options)
    : name === 'tfjs'
      ? first(['tfjs-node', 'wasm', 'cpu'], options)
      : openers[name as keyof typeof openers](options));
  if (!options.worker || device.description.includes('in a worker')) return device;
  return { ...device, description: `${device.description}; on the calling thread: workers are for onnxruntime-node` };
}

export type DeviceReport = { readonly name: string; readonly available: boolean; readonly detail: string };

/** Every device, whether it opens here, and what it is or why it does not. */
export async function listDevices(): Promise<DeviceReport[]> {
  const reports: DeviceReport[] = [];
  for (const [name, open] of Object.entries(openers)) {
    try {
      reports.push({ name, available: true, detail: (await open({})).description });
    } catch (error) {
      reports.push({ name, available: false, detail: reason(error) });
    }
  }
  return reports;
}

/** CommonJS packages come with or without a `default`, depending on the loader. */
async function importRuntime(load: () => Promise<unknown>): Promise<Runtime> {
  const module = (await load()) as Runtime & { default?: Runtime };
  return module.InferenceSession ? module : module.default!;
}

const reason = (error: unknown): string => {
  const { code, message } = error as { code?: string; message?: string };
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return 'not installed';
  return (message ?? String(error)).split('\n')[0]!;
};
