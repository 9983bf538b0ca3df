import { type HostTensor, hostTensor, key, sizeOf, uniform } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compile } from '../compile.ts';
import { openDevice } from '../devices.ts';

const devices = await Promise.all((['onnx-node', 'wasm', 'cpu'] as const).map((name) => openDevice(name)));

/** Σ over all labels, one entry of each product at a time. */
function byDefinition(equation: string, tensors: readonly HostTensor[]): { shape: number[]; data: number[] } {
  const [left, output] = equation.split('->') as [string, string];
  const terms = left.split(',');
  const sizes = new Map(
    terms.flatMap((term, at) => [...term].map((label, axis) => [label, tensors[at]!.shape[axis]!])),
  );
  const labels = [...sizes.keys()];
  const shape = [...output].map((label) => sizes.get(label)!);
  const data = new Array<number>(sizeOf(shape)).fill(0);
  const place = (term: string, at: ReadonlyMap<string, number>) =>
    [...term].reduce((index, label) => index * sizes.get(label)! + at.get(label)!, 0);
  for (let index = 0; index < sizeOf([...sizes.values()]); index++) {
    let rest = index;
    const at = new Map(
      labels.map((label) => {
        const digit = rest % sizes.get(label)!;
        rest = (rest - digit) / sizes.get(label)!;
        return [label, digit];
      }),
    );
    data[place(output, at)]! += terms.reduce(
      (product, term, of) => product * Number(tensors[of]!.data[place(term, at)]),
      1,
    );
  }
  return { shape, data };
}

const term = fc.shuffledSubarray(['a', 'b', 'c', 'd', 'e'], { maxLength: 4 });

/** Any terms of different labels, and a result of any of them. */
const equations = fc.array(term, { minLength: 1, maxLength: 2 }).chain((terms) => {
  const labels = [...new Set(terms.flat())];
  const equation = fc
    .shuffledSubarray(labels)
    .map((output) => `${terms.map((each) => each.join('')).join()}->${output.join('')}`);
  const sizes = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: labels.length, maxLength: labels.length });
  return fc.record({ equation, sizes: sizes.map((found) => new Map(labels.map((label, at) => [label, found[at]!]))) });
});

it.each(devices)('on $name an einsum is the sum of products that its labels say, for all equations', (device) =>
  fc.assert(
    fc.asyncProperty(equations, fc.nat(), async ({ equation, sizes }, seed) => {
      const terms = equation.split('->')[0]!.split(',');
      const inputs = terms.map((each, at) => {
        const shape = [...each].map((label) => sizes.get(label)!);
        return hostTensor('float32', shape, uniform(key(seed + at), sizeOf(shape)));
      });
      const program = compile((...given: tf.Tensor[]) => tf.einsum(equation, ...given), { device });
      const found = await program.run(...inputs);
      await program[Symbol.asyncDispose]();

      const wanted = byDefinition(equation, inputs);
      expect(found.shape).toEqual(wanted.shape);
      for (const [index, value] of wanted.data.entries()) expect(Number(found.data[index])).toBeCloseTo(value, 4);
    }),
    { numRuns: 40, seed: 3 },
  ),
);

it('attention by labels is matrix products, without a product of all axes', () => {
  const program = compile((query: tf.Tensor, keys: tf.Tensor) => tf.einsum('bqhd,bkhd->bhqk', query, keys), {
    device: devices[0]!,
  });
  const shape = [2, 3, 4, 5];
  const input = hostTensor('float32', shape, uniform(key(1), sizeOf(shape)));

  expect(program.graph(input, input).nodes.map(({ kernel }) => kernel)).toEqual(['Einsum']);
});
