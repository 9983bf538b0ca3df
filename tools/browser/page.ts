import { openDevice } from '@polytask/engine';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import { type KernelReport, tryKernels } from './kernels.ts';
import { type Losses, lossesOn, type Row } from './trainings.ts';

/* What the suite calls in the page. */

const wasmPaths = new URL('/wasm/', location.href).href;

export type Trained =
  | {
      readonly description: string;
      readonly losses: Losses;
      readonly milliseconds: number;
      readonly kernels?: KernelReport;
    }
  /** It does not open. */
  | { readonly refusal: string }
  /** It opens and does not work. */
  | { readonly failure: string };

const page = {
  async train(name: string, rows: readonly Row[], threads: number): Promise<Trained> {
    const device = await openDevice(name, { wasmPaths, threads }).catch((error: Error) => error);
    if (device instanceof Error) return { refusal: device.message };
    const start = performance.now();
    const losses = await lossesOn(device, rows);
    const milliseconds = performance.now() - start;
    const trained = { description: device.description, losses, milliseconds };
    if (!name.startsWith('onnx-')) return trained;
    return { ...trained, kernels: await tryKernels(device, name === 'onnx-webgpu') };
  },
};
export type Page = typeof page;

Object.assign(globalThis, { polytask: page });
