import { type HostTensor, hostTensor, key, leaves, sizeOf, type Tree, uniform } from '@polytask/base';
import { gradients } from '@polytask/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import * as ort from 'onnxruntime-node';
import { expect } from 'vitest';
import { compile } from '../compile.ts';
import { onnxDevice } from '../onnx/device.ts';
import type { Runtime } from '../onnx/session.ts';

/* What the tests of convolutions and pools share: a compiled program must give what the same program gives on tfjs's cpu backend. */

const runtime: Runtime = ort;
const device = onnxDevice({ name: 'onnx', description: '', runtime, threads: 2, fillsOutputs: true });

export type Tensors = Record<string, tf.Tensor4D>;

/** Numbers in [−1, 1), others for every seed. */
export const numbers = (seed: number, shape: readonly number[]): HostTensor =>
  hostTensor(
    'float32',
    shape,
    uniform(key(seed), sizeOf(shape)).map((value) => 2 * value - 1),
  );

/** Small integers, many of them equal. */
export const ties = (seed: number, shape: readonly number[]): HostTensor =>
  hostTensor(
    'float32',
    shape,
    uniform(key(seed), sizeOf(shape)).map((value) => Math.floor(3 * value)),
  );

export async function compiled(
  program: (inputs: Tensors) => Tree<tf.Tensor>,
  inputs: Record<string, HostTensor>,
): Promise<Map<string, HostTensor>> {
  const executable = compile<[never], unknown>(program, { device });
  try {
    return new Map(leaves((await executable.run(inputs as never)) as Tree<HostTensor>));
  } finally {
    await executable[Symbol.asyncDispose]();
  }
}

export async function eager(
  program: (inputs: Tensors) => Tree<tf.Tensor>,
  inputs: Record<string, HostTensor>,
): Promise<Map<string, HostTensor>> {
  await tf.setBackend('cpu');
  const results = new Map<string, HostTensor>();
  tf.tidy(() => {
    const tensors = Object.entries(inputs).map(([name, { data, shape }]) => [
      name,
      tf.tensor(data as Float32Array, [...shape]),
    ]);
    for (const [path, tensor] of leaves<tf.Tensor>(program(Object.fromEntries(tensors)))) {
      results.set(path, hostTensor('float32', tensor.shape, tensor.dataSync()));
    }
  });
  return results;
}

export async function expectAsEager(
  program: (inputs: Tensors) => Tree<tf.Tensor>,
  inputs: Record<string, HostTensor>,
): Promise<void> {
  const [found, wanted] = [await compiled(program, inputs), await eager(program, inputs)];
  expect([...found.keys()]).toEqual([...wanted.keys()]);
  for (const [path, tensor] of wanted) expectClose(found.get(path)!, tensor);
}

/** Equal to 1e-4 of the largest entry. */
export function expectClose(found: HostTensor, wanted: HostTensor): void {
  expect(found.shape).toEqual(wanted.shape);
  const [values, others] = [Array.from(wanted.data, Number), Array.from(found.data, Number)];
  const scale = Math.max(1e-3, ...values.filter(Number.isFinite).map(Math.abs));
  const worst = values.findIndex((value, index) => {
    const other = others[index]!;
    return !Object.is(other, value) && !(Math.abs(other - value) <= 1e-4 * scale);
  });
  expect(worst < 0 ? 'equal' : `entry ${worst}: ${others[worst]} for ${values[worst]}`).toBe('equal');
}

/** The value of `f` and the gradients of Σ value · upstream with respect to the other inputs. */
export const withGradients =
  (f: (inputs: Tensors) => tf.Tensor) =>
  ({ upstream, ...inputs }: Tensors): Tree<tf.Tensor> => {
    const { value, gradients: found } = gradients(() => f(inputs), inputs, upstream as tf.Tensor);
    return { value, ...(found as Record<string, tf.Tensor>) };
  };
