import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDevice } from '../devices.ts';
import { differences, kernelsOf } from './conformance/compare.fixture.ts';
import { composedFamilies } from './conformance/composed.fixture.ts';
import { einsumFamilies } from './conformance/einsum.fixture.ts';
import { elementwiseFamilies } from './conformance/elementwise.fixture.ts';
import { type Draw, type Family, isException, kernelOf } from './conformance/family.fixture.ts';
import { imageFamilies } from './conformance/image.fixture.ts';
import { gatherFamilies, linearFamilies } from './conformance/linear.fixture.ts';
import { normalizeFamilies } from './conformance/normalize.fixture.ts';
import { reduceFamilies } from './conformance/reduce.fixture.ts';
import { scatterFamilies } from './conformance/scatter.fixture.ts';
import { shapeFamilies } from './conformance/shape.fixture.ts';
import { sortFamilies } from './conformance/sort.fixture.ts';
import { spaceFamilies } from './conformance/space.fixture.ts';
import { windowFamilies } from './conformance/window.fixture.ts';
import { convolutions } from './conv.ts';
import { depthwiseConvolutions } from './conv-depthwise.ts';
import { kernels } from './index.ts';
import { pools } from './pool.ts';

const families = [
  ...composedFamilies,
  ...einsumFamilies,
  ...elementwiseFamilies,
  ...gatherFamilies,
  ...imageFamilies,
  ...linearFamilies,
  ...normalizeFamilies,
  ...reduceFamilies,
  ...scatterFamilies,
  ...shapeFamilies,
  ...sortFamilies,
  ...spaceFamilies,
  ...windowFamilies,
];

/** These have tests of their own: conv.test.ts and pool.test.ts. */
const testedElsewhere = new Set(
  [convolutions, depthwiseConvolutions, pools].flatMap(Object.keys).concat('FusedConv2D', 'FusedDepthwiseConv2D'),
);
testedElsewhere.delete('MaxPoolWithArgmax');

const onnx = await openDevice('onnx-node', { threads: 1 });
const wasm = await openDevice('wasm');
const draws = { numRuns: 12, seed: 20, endOnFailure: true, includeErrorInReport: true };

const expectNone = (found: readonly string[]) => expect(found, found.join('; ')).toEqual([]);

/** The entries that tfjs's wasm backend has kernels for, their gradients' among them, and computes rightly. */
function onWasm({ notOnWasm, ...family }: Family, draw: Draw): string[] {
  const inputs = Object.values(draw.inputs);
  const isEmpty = 'empty' in notOnWasm && inputs.some(({ data }) => data.length === 0);
  const isWrong = isEmpty || inputs.some(({ dtype }) => dtype in notOnWasm);
  if (isWrong) return [];
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
