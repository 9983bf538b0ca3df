import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openDevice } from '../devices.ts';
import { differences } from './conformance/compare.fixture.ts';
import { families } from './conformance/families.fixture.ts';

/* In a file of its own: opening `cpu` puts kernels right that conformance.test.ts compares with as tfjs has them. */

const devices = [await openDevice('onnx-web', { threads: 1 }), await openDevice('cpu')];
const draws = { numRuns: 3, seed: 21, includeErrorInReport: true };

describe.each(devices)('on $name', (device) => {
  it.each(families)('$title give what tfjs computes, with their gradients', (family) =>
    fc.assert(
      fc.asyncProperty(family.draws, async (draw) => {
        const found = await differences(device, family, family.kernels, draw);
        expect(found, found.join('; ')).toEqual([]);
      }),
      draws,
    ),
  );
});
