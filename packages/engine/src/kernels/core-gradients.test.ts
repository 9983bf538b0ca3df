import { type HostTensor, key, leaves, type Tree } from '@polytask/base';
import { gradients } from '@polytask/core';
import { draws, type GradientSample, gradientCases, toTensors } from '@polytask/core/testing';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { openDevice } from '../devices.ts';

/* Core compares the gradients of tfjs kernels with finite differences on tfjs's cpu backend; here the same cases are compiled. */

type Tensors = Readonly<Record<string, tf.Tensor>>;
type Result = Record<string, tf.Tensor>;

const onnx = await openDevice('onnx-node', { threads: 1 });

/** Kernels that do not compile. */
const refused = new Set(['NonMaxSuppressionV3']);

const cases = gradientCases.filter(({ kernel }) => !refused.has(kernel));

/** Another upstream gradient for each of a few entries in turn. */
const weighed = (tensors: readonly tf.Tensor[], period: number): tf.Tensor =>
  tensors
    .map((tensor) => {
      const weights = Array.from({ length: tensor.size }, (_, index) => 1 + (index % period) / 3);
      return tf.sum(tf.mul(tensor, tf.tensor(weights, tensor.shape)));
    })
    .reduce((sum, part) => tf.add(sum, part), tf.scalar(0));

const present = (found: Record<string, tf.Tensor | null>): Result =>
  Object.fromEntries(Object.entries(found).filter((entry): entry is [string, tf.Tensor] => entry[1] !== null));

/** The gradients of a weighted sum of the outputs, and, where they are smooth, those of a weighted sum of the gradients. */
const program =
  ({ evaluate }: GradientSample, smooth: boolean) =>
  (inputs: Tensors, fixed: Tensors): { first: Result; second: Result } => {
    const outputs = () => [evaluate({ ...inputs, ...fixed })].flat().filter(({ dtype }) => dtype === 'float32');
    const slopes = () => present(gradients(() => weighed(outputs(), 3), { ...inputs }).gradients);
    const second = smooth ? gradients(() => weighed(Object.values(slopes()), 5), { ...inputs }).gradients : {};
    return { first: slopes(), second: present(second) };
  };

async function eager(sample: GradientSample, smooth: boolean): Promise<Map<string, number[]>> {
  await tf.setBackend('cpu');
  const results = new Map<string, number[]>();
  tf.tidy(() => {
    const found = program(sample, smooth)(tensorsOf(sample.inputs), tensorsOf(sample.fixed));
    for (const [path, tensor] of leaves<tf.Tensor>(found)) results.set(path, [...tensor.dataSync()]);
  });
  return results;
}

const tensorsOf = (inputs: GradientSample['inputs'] = {}): Tensors =>
  toTensors(inputs as Record<string, HostTensor>) as Tensors;

async function compiled(sample: GradientSample, smooth: boolean): Promise<Map<string, number[]>> {
  const executable = compile<[never, never], unknown>(program(sample, smooth) as never, { device: onnx });
  try {
    const found = await executable.run(sample.inputs as never, (sample.fixed ?? {}) as never);
    return new Map(leaves(found as Tree<HostTensor>).map(([path, { data }]) => [path, Array.from(data, Number)]));
  } finally {
    await executable[Symbol.asyncDispose]();
  }
}

const isClose = (found: number | undefined, wanted: number) =>
  found !== undefined && Math.abs(found - wanted) <= 1e-4 * Math.max(1, Math.abs(wanted));

describe.each(cases)('$kernel $title', ({ draw, smooth }) => {
  it('has compiled the gradients that it has eagerly', async () => {
    for (const seed of [1, 2, 3]) {
      const sample = draw(draws(key(seed)));
      const [found, wanted] = [await compiled(sample, smooth), await eager(sample, smooth)];
      expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
      for (const [path, values] of wanted) {
        const others = found.get(path)!;
        expect([path, others.length]).toEqual([path, values.length]);
        expect(
          values.flatMap((value, index) => (isClose(others[index], value) ? [] : [[path, others[index], value]])),
        ).toEqual([]);
      }
    }
  });
});
