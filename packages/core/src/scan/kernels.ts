import * as tf from '@tensorflow/tfjs-core';
import type { ScanAttributes } from './attributes.ts';
import { loop, loopGradient } from './loop.ts';
import { isFloat } from './pullback.ts';

/** `Scan` is a backend's that records loops; `LoopedScan` runs the loop and is registered here. */
export type ScanKernel = 'Scan' | 'LoopedScan';

/** Calls a scan's kernel, with its gradient. */
export function runScan(kernel: ScanKernel, inputs: readonly tf.Tensor[], attributes: ScanAttributes): tf.Tensor[] {
  if (kernel === 'LoopedScan') registerLoops(tf.getBackend());
  registerGradient(kernel);
  return run(kernel, inputs, attributes);
}

// tfjs declares inputs by name and attributes without functions; it passes on lists and whatever the attributes hold
const run = (kernel: string, inputs: readonly tf.Tensor[], attributes: ScanAttributes): tf.Tensor[] =>
  tf.engine().runKernel(kernel, inputs as never, attributes as never) as tf.Tensor[];

function registerGradient(kernel: ScanKernel): void {
  if (tf.getGradient(kernel)) return;
  tf.registerGradient({
    kernelName: `${kernel}Gradient`,
    gradFunc: () => {
      throw new RangeError('scan: expected gradients of first order. Found a gradient of its gradient.');
    },
  });
  tf.registerGradient({
    kernelName: kernel,
    saveAllInputs: true,
    gradFunc: (upstream: tf.Tensor | tf.Tensor[], saved: tf.Tensor[], attrs) => {
      const found = run(`${kernel}Gradient`, [...saved, ...[upstream].flat()], attrs as never);
      const floats = saved.filter(isFloat);
      // tfjs asks for the gradients of float32 inputs alone
      return Object.fromEntries(saved.map((input, index) => [index, () => found[floats.indexOf(input)]!]));
    },
  });
}

function registerLoops(backendName: string): void {
  if (tf.getKernel('LoopedScan', backendName)) return;
  const kernels = { LoopedScan: loop, LoopedScanGradient: loopGradient };
  for (const [kernelName, compute] of Object.entries(kernels)) {
    tf.registerKernel({
      kernelName,
      backendName,
      kernelFunc: ({ inputs, attrs }) => {
        const tensors = Object.values(inputs) as tf.Tensor[];
        // clones: a carry that no step changes would be an input and an output
        return tf.tidy(() => compute(tensors, attrs as never).map((result) => tf.clone(result)));
      },
    });
  }
}
