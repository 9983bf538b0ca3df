import type { Device } from '@polytask/engine';
import fc from 'fast-check';
import { differences } from '../../packages/engine/src/kernels/conformance/compare.fixture.ts';
import { elementwiseFamilies } from '../../packages/engine/src/kernels/conformance/elementwise.fixture.ts';
import type { Family } from '../../packages/engine/src/kernels/conformance/family.fixture.ts';
import { gatherFamilies, linearFamilies } from '../../packages/engine/src/kernels/conformance/linear.fixture.ts';
import { reduceFamilies } from '../../packages/engine/src/kernels/conformance/reduce.fixture.ts';
import { shapeFamilies } from '../../packages/engine/src/kernels/conformance/shape.fixture.ts';

const families = [...elementwiseFamilies, ...gatherFamilies, ...linearFamilies, ...reduceFamilies, ...shapeFamilies];

/** WGSL gives sine and cosine an absolute error of 2⁻¹¹, and promises nothing for numbers that are not finite. */
const isInexactOnGpu = (entry: string) => /^(Sin|Cos|Tan)\b/.test(entry);
const isForNumbers = ({ title }: Family) => !title.includes('no finite number');

export type KernelReport = { readonly kernels: number; readonly differences: readonly string[] };

/** Where a device computes something else than tfjs's cpu backend, gradients included, for drawn tensors of every family of kernels. */
export async function tryKernels(device: Device, isGpu: boolean): Promise<KernelReport> {
  const found: string[] = [];
  let kernels = 0;
  for (const family of families.filter((one) => !isGpu || isForNumbers(one))) {
    const entries = family.kernels.filter((entry) => !isGpu || !isInexactOnGpu(entry));
    for (const draw of fc.sample(family.draws, { numRuns: 1, seed: 21 })) {
      const lines = await differences(device, family, entries, draw).catch(({ message }: Error) => [message]);
      found.push(...lines.map((line) => `${family.title}: ${line}`));
    }
    kernels += entries.length;
  }
  return { kernels, differences: found };
}
