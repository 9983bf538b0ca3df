import * as tf from '@tensorflow/tfjs-core';
import { registerComposed } from './composed.ts';
import { einsum } from './einsum.ts';
import { wasmCorrections } from './wasm-corrections.ts';
import { wasmGradients } from './wasm-gradients.ts';

/** The kernels that the engine adds to tfjs's `wasm` backend. */
export const filledOnWasm: readonly string[] = ['UnsortedSegmentSum', 'Einsum', ...Object.keys(wasmGradients)];

/** The kernels of tfjs's `wasm` backend that the engine puts right. */
export const correctedOnWasm: readonly string[] = Object.keys(wasmCorrections);

/**
 * Gives tfjs's `wasm` backend the kernels without which it cannot train embeddings and convolutions, and puts right those that give
 * other numbers than tfjs's `cpu` backend.
 *
 * Registered once per process; a missing kernel that a later tfjs brings itself is left alone.
 */
export function fillWasm(): void {
  const missing = (name: string) => tf.getKernel(name, 'wasm') === undefined;
  if (missing('UnsortedSegmentSum'))
    tf.registerKernel({
      kernelName: 'UnsortedSegmentSum',
      backendName: 'wasm',
      kernelFunc: unsortedSegmentSum as tf.KernelFunc,
    });
  for (const [name, composed] of Object.entries({ Einsum: einsum, ...wasmGradients }))
    if (missing(name)) registerComposed(name, 'wasm', composed);
  for (const [name, composed] of Object.entries(wasmCorrections))
    if (!missing(name)) registerComposed(name, 'wasm', composed);
}

type Inputs = Record<string, tf.TensorInfo>;

/** Σ of the rows with equal id; rows whose id is outside 0 … numSegments − 1 are left out, as tfjs's cpu backend does. */
function unsortedSegmentSum({
  inputs,
  attrs,
  backend,
}: {
  inputs: Inputs;
  attrs: { numSegments: number };
  backend: tf.KernelBackend;
}): tf.TensorInfo {
  const { x, segmentIds } = inputs as { x: tf.TensorInfo; segmentIds: tf.TensorInfo };
  const rows = backend.readSync(x.dataId) as Float32Array;
  const ids = backend.readSync(segmentIds.dataId) as Int32Array;
  const width = ids.length === 0 ? 0 : rows.length / ids.length;
  const shape = [attrs.numSegments, ...x.shape.slice(segmentIds.shape.length)];
  const sums = new Float32Array(tf.util.sizeFromShape(shape));
  for (const [row, id] of ids.entries()) {
    if (id < 0 || id >= attrs.numSegments) continue;
    for (let column = 0; column < width; column++) sums[id * width + column]! += rows[row * width + column]!;
  }
  const values = x.dtype === 'int32' ? Int32Array.from(sums) : sums;
  return { dataId: backend.write(values, shape, x.dtype), shape, dtype: x.dtype };
}
