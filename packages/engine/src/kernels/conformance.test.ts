import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDevice } from '../devices.ts';
import { differences, kernelsOf } from './conformance/compare.fixture.ts';
import { families } from './conformance/families.fixture.ts';
import { type Draw, type Family, isException, kernelOf } from './conformance/family.fixture.ts';
import { convolutions } from './conv.ts';
import { depthwiseConvolutions } from './conv-depthwise.ts';
import { kernels } from './index.ts';
import { pools } from './pool.ts';

/** These have tests of their own: conv.test.ts and pool.test.ts. */
const testedElsewhere = new Set(
  [convolutions, depthwiseConvolutions, pools].flatMap(Object.keys).concat('FusedConv2D', 'FusedDepthwiseConv2D'),
);
testedElsewhere.delete('MaxPoolWithArgmax');

const onnx = await openDevice('onnx-node', { threads: 1 });
const wasm = await openDevice('wasm');
const draws = { numRuns: 12, seed: 20, includeErrorInReport: true };

const expectNone = (found: readonly string[]) => expect(found, found.join('; ')).toEqual([]);

/** The entries that tfjs's wasm backend has kernels for, their gradients' among them, and computes rightly. */
function onWasm({ notOnWasm, ...family }: Family, draw: Draw): string[] {
  if (Object.values(draw.inputs).some(({ dtype }) => dtype in notOnWasm)) return [];
  return family.kernels.filter(
    (entry) =>
      !isException(notOnWasm, entry) &&
      kernelsOf({ notOnWasm, ...family }, entry, draw).every((kernel) => tf.getKernel(kernel, 'wasm')),
  );
}

describe.each(families)('$title', (family) => {
  it('compile to what tfjs’s cpu backend computes, with their gradients', () =>
    fc.assert(
      fc.asyncProperty(family.draws, async (draw) => {
        expectNone(await differences(onnx, family, family.kernels, draw));
      }),
      draws,
    ));

  it.skipIf('all' in family.notOnWasm)('are traced so that tfjs’s wasm backend computes the same', () =>
    fc.assert(
      fc.asyncProperty(family.draws, async (draw) => {
        expectNone(await differences(wasm, family, onWasm(family, draw), draw));
      }),
      draws,
    ),
  );

  it.each(family.kernels)('%s is what its expression calls', (entry) => {
    const called = fc.sample(family.draws, draws).flatMap((draw) => kernelsOf(family, entry, draw));
    expect(called).toContain(kernelOf(entry));
  });
});

describe('the table of entries', () => {
  it('has every kernel that compiles', () => {
    const entries = new Set(families.flatMap((family) => family.kernels.map(kernelOf)));
    expect([...entries].sort()).toEqual(
      Object.keys(kernels)
        .filter((name) => !testedElsewhere.has(name))
        .sort(),
    );
  });
});
