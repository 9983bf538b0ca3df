import '@tensorflow/tfjs-backend-cpu';
import { key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, it, test } from 'vitest';
import { toTensors } from '../testing/finite-differences.ts';
import { draws } from '../testing/gradient-cases/draws.ts';
import { checkedKernels, curvatureDifference, gradientCases, gradientDifference } from '../testing/gradient-cases.ts';

/** Float32 rounding over a step of 2⁻⁷, and what the step leaves out. */
const tolerance = 5e-3;
const runs = { numRuns: 12, seed: 11 };
const seeds = fc.nat(2 ** 31 - 1);

/** Kernels with a gradient that no case calls. */
const unchecked: Readonly<Record<string, string>> = {
  BroadcastTo: 'no tfjs operation calls it',
  ComplexAbs: 'complex numbers',
  LogSoftmax: 'no tfjs operation calls it; tf.logSoftmax is checked',
  LogicalXor: 'no tfjs operation calls it',
  LowerBound: 'no tfjs operation calls it',
  Multinomial: 'draws in JavaScript',
  NonMaxSuppressionV4: 'indices, as NonMaxSuppressionV3',
  UpperBound: 'no tfjs operation calls it',
};

beforeAll(async () => {
  await tf.setBackend('cpu');
});

describe.each(gradientCases)('$kernel $title', (entry) => {
  it('has the gradient that finite differences have', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const sample = entry.draw(draws(key(seed)));
        expect(gradientDifference(sample, key(seed + 1))).toSatisfy(({ error }) => error < tolerance);
      }),
      runs,
    );
  });

  it.runIf(entry.smooth)('has the second derivative that finite differences have', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const sample = entry.draw(draws(key(seed)));
        expect(curvatureDifference(sample, key(seed + 1))).toSatisfy(({ error }) => error < 2 * tolerance);
      }),
      { ...runs, numRuns: 5 },
    );
  });

  it('calls its kernel', async () => {
    const { inputs, fixed = {}, evaluate } = entry.draw(draws(key(1)));
    const { kernelNames } = await tf.profile(() => {
      evaluate(toTensors({ ...inputs, ...fixed }));
      return tf.scalar(0);
    });
    expect(kernelNames).toContain(entry.kernel);
  });
});

test('every kernel with a gradient is checked', () => {
  const kernels = Object.entries(tf).filter(([name, value]) => name === value && /^_?[A-Z]/.test(name));
  const differentiable = kernels.map(([name]) => name).filter((name) => tf.getGradient(name));
  expect(differentiable.filter((name) => !checkedKernels.has(name)).sort()).toEqual(Object.keys(unchecked).sort());
});
