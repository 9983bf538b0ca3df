import { type HostTensor, hostTensor, key, leaves, sizeOf, type Tree, uniform } from '@polytask/base';
import { gradients } from '@polytask/core';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { compile } from '../../compile.ts';
import type { Device } from '../../device.ts';
import type { ValueType } from '../../graph.ts';
import { type Draw, type Family, isException, kernelOf } from './family.fixture.ts';

/* Runs a drawn sample through the kernels of a family: eagerly on tfjs's cpu backend, and compiled on a device. */

type Inputs = Readonly<Record<string, tf.Tensor>>;
type Results = ReadonlyMap<string, HostTensor>;

/** What an expression gives, and, where tfjs knows the kernel's gradient, the gradients of a weighted sum of it. */
function evaluate(family: Family, entry: string, inputs: Inputs, attributes: unknown): Tree<tf.Tensor | null> {
  const outputs = family.evaluate(entry, inputs, attributes);
  const named = Object.fromEntries(outputs.map((output, index) => [`${index}`, output]));
  const givesFloats = outputs.length > 0 && outputs.every(({ dtype }) => dtype === 'float32');
  const floats = Object.fromEntries(Object.entries(inputs).filter(([, { dtype }]) => dtype === 'float32'));
  const hasGradient = tf.getGradient(kernelOf(entry)) && !isException(family.withoutGradient, entry);
  if (!givesFloats || Object.keys(floats).length === 0 || !hasGradient) return { outputs: named };
  const objective = () => {
    const parts = family.evaluate(entry, inputs, attributes);
    return parts.map((part) => tf.sum(tf.mul(part, weights(part.shape)))).reduce((sum, part) => tf.add(sum, part));
  };
  return { outputs: named, gradients: gradients(objective, floats).gradients as Record<string, tf.Tensor | null> };
}

/** Another upstream gradient for each entry. */
const weights = (shape: readonly number[]): tf.Tensor =>
  tf.tensor(
    uniform(key(7), sizeOf(shape)).map((value) => value + 0.5),
    [...shape],
  );

const program = (family: Family, entries: readonly string[], attributes: unknown) => (inputs: Inputs) =>
  Object.fromEntries(entries.map((entry) => [entry, evaluate(family, entry, inputs, attributes)]));

async function eager(family: Family, entries: readonly string[], { inputs, attributes }: Draw): Promise<Results> {
  await tf.setBackend('cpu');
  const results = new Map<string, HostTensor>();
  tf.tidy(() => {
    const tensors = Object.entries(inputs).map(
      ([name, { data, shape, dtype }]) =>
        [name, tf.tensor(data.slice() as Float32Array, [...shape], dtype as ValueType)] as const,
    );
    const found = program(family, entries, attributes)(Object.fromEntries(tensors));
    for (const [path, tensor] of leaves(found as Tree<tf.Tensor | null>)) {
      // of nothing, some kernels of the cpu backend return more than nothing
      const values = tensor ? Array.from(tensor.dataSync()).slice(0, tensor.size) : [];
      if (tensor) results.set(path, hostTensor(tensor.dtype as ValueType, tensor.shape, values));
    }
  });
  return results;
}

async function compiled(
  device: Device,
  family: Family,
  entries: readonly string[],
  { inputs, attributes }: Draw,
): Promise<Results> {
  const executable = compile<[never], unknown>(program(family, entries, attributes) as never, { device });
  try {
    const result = (await executable.run(inputs as never)) as Tree<HostTensor | null>;
    return new Map(leaves(result).filter((leaf): leaf is [string, HostTensor] => leaf[1] !== null));
  } finally {
    await executable[Symbol.asyncDispose]();
  }
}

/** The kernels that an entry's program calls, its gradients' kernels among them. */
export function kernelsOf(family: Family, entry: string, { inputs, attributes }: Draw): string[] {
  const traced = compile<[never], unknown>(program(family, [entry], attributes) as never, { device: untouched });
  return traced.graph(inputs as never).nodes.map(({ kernel }) => kernel);
}

const untouched: Device = {
  name: 'none',
  description: 'for programs that are traced and not run',
  load: () => Promise.reject(new RangeError('This program is not run.')),
};

/** Where a device differs from tfjs's cpu backend: 'entry.outputs.0: …' with the first wrong number. */
export async function differences(
  device: Device,
  family: Family,
  entries: readonly string[],
  draw: Draw,
): Promise<string[]> {
  const [found, wanted] = [await compiled(device, family, entries, draw), await eager(family, entries, draw)];
  const paths = [...new Set([...wanted.keys(), ...found.keys()])];
  return paths.flatMap((path) => {
    const problem = difference(found.get(path), wanted.get(path));
    return problem ? [`${device.name} ${path}: ${problem}`] : [];
  });
}

/** Equal types and shapes, and entries to 1e-4 of their size, or of 0.1 where they are smaller. */
function difference(found: HostTensor | undefined, wanted: HostTensor | undefined): string | undefined {
  if (!found || !wanted) return `found ${found ? 'a' : 'no'} tensor for ${wanted ? 'one' : 'none'}`;
  const describe = ({ dtype, shape }: HostTensor) => `${dtype}[${shape}]`;
  if (describe(found) !== describe(wanted)) return `${describe(found)} for ${describe(wanted)}`;
  const others = Array.from(found.data, Number);
  const wrong = Array.from(wanted.data, Number).findIndex((value, index) => !isClose(others[index]!, value));
  return wrong < 0 ? undefined : `entry ${wrong} is ${others[wrong]} for ${wanted.data[wrong]}`;
}

const isClose = (found: number, wanted: number): boolean =>
  Object.is(found, wanted) || found === wanted || Math.abs(found - wanted) <= 1e-4 * Math.max(0.1, Math.abs(wanted));
