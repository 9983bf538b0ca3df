import * as tf from '@tensorflow/tfjs-core';
import { tfjsDevice } from '../tfjs/device.ts';
import { fillCpu } from '../tfjs/fill-cpu.ts';
import { fillWasm } from '../tfjs/fill-wasm.ts';
import { importInstalled, isNode } from './host.ts';
import { type Opener, reason, unavailable } from './opener.ts';

export const tfjsNode: Opener = async () => {
  if (!isNode()) throw unavailable('E3102', 'libtensorflow is for Node.');
  const failures: string[] = [];
  for (const name of ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node']) {
    try {
      await importInstalled(name);
      return tfjsDevice({ name: 'tfjs-node', description: `${name} (libtensorflow)`, backend: 'tensorflow' });
    } catch (error) {
      failures.push(`${name}: ${reason(error)}`);
    }
  }
  throw unavailable('E3102', `libtensorflow cannot be loaded (${failures.join('; ')}).`);
};

export const wasm: Opener = async ({ wasmPaths }) => {
  const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
  if (wasmPaths !== undefined && !isNode() && !tf.engine().registry.wasm) setWasmPaths(wasmPaths);
  fillWasm();
  await start('wasm');
  return tfjsDevice({ name: 'wasm', description: 'tfjs, WebAssembly, 1 thread', backend: 'wasm' });
};

export const cpu: Opener = async () => {
  tf.env().set('PROD', true); // tfjs's cpu backend prints an advertisement otherwise
  await import('@tensorflow/tfjs-backend-cpu');
  fillCpu();
  await tf.setBackend('cpu');
  return tfjsDevice({ name: 'cpu', description: 'tfjs, plain JavaScript (slow: for reference)', backend: 'cpu' });
};

const hasWebgl = (): boolean =>
  typeof OffscreenCanvas === 'function' && new OffscreenCanvas(1, 1).getContext('webgl2') !== null;

const hasWebgpu = (): boolean => Boolean((globalThis.navigator as { gpu?: object } | undefined)?.gpu);

/** A backend of tfjs that the page brings along: its package is not among the engine's dependencies. */
const ofThePage =
  (backend: 'webgpu' | 'webgl', title: string, isPossible: () => boolean): Opener =>
  async () => {
    if (!isPossible())
      throw unavailable('E3103', isNode() ? `${title} of tfjs is for browsers.` : `There is no ${title} here.`);
    const name = `@tensorflow/tfjs-backend-${backend}`;
    const isRegistered = () => Boolean(tf.findBackendFactory(backend));
    if (!isRegistered()) await importInstalled(name).catch(() => undefined);
    if (!isRegistered()) throw unavailable('E3103', `The page has no ${title} for tfjs: import '${name}' first.`);
    await start(backend);
    return tfjsDevice({ name: backend, description: `tfjs, ${title}`, backend });
  };

export const webgpu = ofThePage('webgpu', 'WebGPU', hasWebgpu);

/**
 * Packed textures hold 2 × 2 numbers a pixel. What tfjs's packed elementwise kernels leave in the pixels at odd edges is not 0, and its matrix
 * product adds it up when the axis that it sums over is odd: three classes have a wrong gradient. Unpacked, they are right.
 */
export const webgl: Opener = async (options) => {
  const device = await ofThePage('webgl', 'WebGL', hasWebgl)(options);
  for (const kernels of ['BINARY_OPERATIONS', 'UNARY_OPERATIONS', 'NORMALIZATION'])
    tf.env().set(`WEBGL_PACK_${kernels}`, false);
  return device;
};

async function start(backend: string): Promise<void> {
  if (!(await tf.setBackend(backend))) throw unavailable('E3103', `The ${backend} backend of tfjs did not start.`);
}
