import { hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compile } from '../compile.ts';
import { onnxDevice } from './device.ts';
import { narrowSplits } from './narrow-splits.ts';
import type { Runtime } from './session.ts';

const runtime = (await import('onnxruntime-node')) as unknown as Runtime & { default?: Runtime };

test('splits of splits give the parts of one wide split', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 2, maxLength: 20 }),
      fc.integer({ min: 2, max: 5 }),
      async (sizes, widestSplit) => {
        const device = onnxDevice({
          name: 'narrow',
          description: '',
          runtime: runtime.default ?? runtime,
          threads: 1,
          fillsOutputs: true,
          widestSplit,
        });
        const length = sizes.reduce((sum, size) => sum + size, 0);
        const x = hostTensor(
          'float32',
          [length],
          Array.from({ length }, (_, index) => index),
        );
        await using program = compile((given: tf.Tensor1D) => ({ parts: tf.split(given, sizes) }), { device });

        const { parts } = (await program.run(x)) as unknown as { parts: { data: Float32Array }[] };

        expect(parts.map(({ data }) => data.length)).toEqual(sizes);
        expect(parts.flatMap(({ data }) => [...data])).toEqual([...x.data]);
      },
    ),
    { numRuns: 20, seed: 4 },
  ));

test.each([
  [5, 7],
  [9, 4],
  [13, 3],
  [30, 2],
])('%i parts in splits of at most %i', (parts, widest) => {
  const outputs = Array.from({ length: parts }, (_, index) => `out${index}`);
  const graph = {
    nodes: [{ type: 'Split', name: 'wide', inputs: ['x', 'sizes'], outputs, attributes: { axis: 0 } }],
    constants: new Map([
      ['sizes', { type: 'int64' as const, shape: [parts], data: new BigInt64Array(parts).fill(1n) }],
    ]),
    inputs: new Map(),
    outputs: new Map(),
  };

  const { nodes } = narrowSplits(graph, widest);

  expect(Math.max(...nodes.map((node) => node.outputs.length))).toBeLessThanOrEqual(widest);
  expect(nodes.flatMap((node) => node.outputs)).toEqual(expect.arrayContaining(outputs));
  expect(nodes.length > 1).toBe(parts > widest);
});
