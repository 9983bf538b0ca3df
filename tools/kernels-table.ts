// docs/kernels.md: what becomes of every tfjs kernel. `tsx tools/kernels-table.ts` writes it, `--check` says whether it is as written.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '@polytask/core'; // registers the gradients
import { checkedKernels } from '@polytask/core/testing';
import { openDevice } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { corrections } from '../packages/core/src/gradients/corrections.ts';
import { families } from '../packages/engine/src/kernels/conformance/families.fixture.ts';
import { kernelOf } from '../packages/engine/src/kernels/conformance/family.fixture.ts';
import { convolutions } from '../packages/engine/src/kernels/conv.ts';
import { depthwiseConvolutions } from '../packages/engine/src/kernels/conv-depthwise.ts';
import { fusedKernels } from '../packages/engine/src/kernels/conv-fused.ts';
import { kernels } from '../packages/engine/src/kernels/index.ts';
import { pools } from '../packages/engine/src/kernels/pool.ts';
import { neverCalled, refused } from '../packages/engine/src/kernels/refused.ts';
import { correctedOnCpu } from '../packages/engine/src/tfjs/fill-cpu.ts';
import { correctedOnWasm, filledOnWasm } from '../packages/engine/src/tfjs/fill-wasm.ts';
import { isMain, repository } from './lib/workspace.ts';

export const tableFile = fileURLToPath(new URL('docs/kernels.md', repository));

/** What core leaves as it is in tfjs. */
const refusals: readonly string[] = [
  '`FusedBatchNorm` without a scale: refused; give it ones.',
  '`FusedConv2D`, `FusedDepthwiseConv2D` with dilations: refused; `tf.conv2d` and `tf.depthwiseConv2d` are not.',
  '`Transform`, `RotateWithOffset`, `NonMaxSuppressionV5`, `SparseSegmentMean`, `SparseSegmentSum`, and the boxes of `CropAndResize`: refused.',
  '`LRN`, `MaxPool3D`, `Dilation2D`: no second derivative.',
];

/** What a gradient is where there is no slope. */
const conventions: readonly string[] = [
  '`Abs` at 0: 0. `Relu`, `Relu6`, `LeakyRelu`, `Elu`, `Selu`, `Prelu` at 0: the slope of the left side. `ClipByValue` at its limits: 1.',
  '`Max`, `Min`: equal parts to equal extremes. `MaxPool`, `TopK`: the one that the kernel takes. `Maximum`, `Minimum` of equal arguments: the first.',
  '`Sqrt` at 0: ∞, so that `tf.norm` of zeros has no number as its gradient; `tf.sqrt(tf.maximum(tf.sum(tf.square(x)), 1e-12))` has 0.',
  'Comparisons, roundings, casts to integers, indices: 0.',
  '`TensorScatterUpdate`, `SparseToDense` where an index occurs twice: not defined.',
];

/** The kernel names that tfjs-core exports. */
export const kernelNames = (): string[] =>
  Object.entries(tf)
    .filter(([name, value]) => typeof value === 'string' && name === value && /^_?[A-Z]/.test(name))
    .map(([name]) => name)
    .sort();

function compiles(name: string): string {
  if (name === 'Identity') return 'yes, to nothing';
  if (name in kernels) return 'yes';
  if (name in neverCalled) return `not needed: ${neverCalled[name]}`;
  return `not supported: ${refused[name]?.because ?? 'not written yet'}`;
}

/** Kernels of convolutions and pools over images, which have draws of their own: strides, dilations, paddings, formats, empty batches. */
const ofWindows = new Set([convolutions, depthwiseConvolutions, fusedKernels, pools].flatMap(Object.keys));

/** Types of the inputs that the property tests draw for a kernel, and whether axes of length 0 are among them. */
function drawn(name: string): string {
  const drawing = families.filter((family) => family.kernels.some((entry) => kernelOf(entry) === name));
  const inputs = drawing.flatMap(({ draws }) =>
    fc.sample(draws, { numRuns: 40, seed: 20 }).flatMap((draw) => Object.values(draw.inputs)),
  );
  const types = ['float32', 'int32', 'bool'].filter((type) => inputs.some(({ dtype }) => dtype === type));
  if (inputs.some(({ data }) => data.length === 0)) types.push('empty');
  if (drawing.length > 0) return types.join(' ');
  return ofWindows.has(name) ? 'float32 empty' : '';
}

const isType = (what: string) => ['float32', 'int32', 'bool'].includes(what);

/** What the tests leave out on wasm, with the reason. */
function leftOnWasm(): string[] {
  const reasons = families.flatMap(({ kernels: entries, notOnWasm }) =>
    Object.entries(notOnWasm).flatMap(([what, reason]) =>
      entries
        .filter((entry) => what === 'all' || what === entry || isType(what))
        .map((entry) => `- \`${entry}\`${isType(what) ? ` of ${what}` : ''}: ${reason}.`),
    ),
  );
  return [...new Set(reasons)].sort();
}

function onWasm(name: string): string {
  if (filledOnWasm.includes(name)) return 'missing, filled by the engine';
  if (correctedOnWasm.includes(name)) return 'put right by the engine';
  return tf.getKernel(name, 'wasm') ? '' : 'missing';
}

function gradient(name: string): string {
  const correction = corrections.find(({ kernelName }) => kernelName === name);
  if (!correction) return tf.getGradient(name) ? 'tfjs' : '';
  return correction.fault.startsWith('none') ? 'core' : 'core, in place of tfjs’s';
}

/** The faults of tfjs's gradients, each with its kernels. */
function corrected(): string[] {
  const faults = [...new Set(corrections.map(({ fault }) => fault))];
  return faults.map((fault) => {
    const names = corrections.filter((correction) => correction.fault === fault).map(({ kernelName }) => kernelName);
    return `- ${names
      .sort()
      .map((name) => `\`${name}\``)
      .join(', ')}: ${fault}.`;
  });
}

/** The whole file. Opens the wasm device, which registers its kernels. */
export async function kernelsTable(): Promise<string> {
  await openDevice('wasm');
  const names = kernelNames();
  const checked = (name: string) => (checkedKernels.has(name) ? 'yes' : '');
  const rows = names.map((name) => [
    name,
    compiles(name),
    name in kernels ? drawn(name) : '',
    gradient(name),
    checked(name),
    onWasm(name),
  ]);
  const count = names.filter((name) => compiles(name).startsWith('yes')).length;
  return [
    '# Kernels',
    '',
    `tfjs-core ${tf.version_core} has ${names.length} kernels; ${count} of them compile, with their gradients where there is one.`,
    'Every one that compiles is compared with tfjs’s `cpu` backend on random inputs, shapes and attributes, its gradient too, on `onnx-node`,',
    '`onnx-web`, `wasm` and `cpu`: `packages/engine/src/kernels/*.test.ts`. “Drawn”: the types of its inputs there, and `empty` where axes of',
    'length 0 are among them; shapes that broadcast, strides, dilations and paddings wherever the operation has them.',
    '“Gradient” tells whose it is: tfjs-core’s own, or that of `@polytask/core`. “Checked”: compared with finite differences on random',
    'inputs, by `packages/core/src/gradients/checked.test.ts`; smooth kernels with their second derivatives.',
    '“On wasm” tells what tfjs’s `wasm` backend is missing or computes otherwise than its `cpu` backend. Of the `cpu` backend itself the',
    `engine puts right: ${correctedOnCpu.map((name) => `\`${name}\``).join(', ')}.`,
    '',
    'Written by `tools/kernels-table.ts`.',
    '',
    '| kernel | compiles | drawn | gradient | checked | on wasm |',
    '|---|---|---|---|---|---|',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    '## On wasm, left as it is',
    '',
    ...leftOnWasm(),
    '',
    '## Gradients that tfjs itself has not, or not right',
    '',
    'Importing `@polytask/core` registers right ones. What is said here is what tfjs-core does without it.',
    '',
    ...corrected(),
    '- Any kernel whose gradient uses its own output (`Exp`, `Tanh`, `Sigmoid`, `Softmax`, …): the second derivative lacks what flows',
    '  through that output, without an error. `gradients` of core puts the tape in order; `tf.grad` within `tf.grad` does not.',
    '',
    '## Gradients that are refused',
    '',
    ...refusals.map((refusal) => `- ${refusal}`),
    '',
    '## Where there is no slope',
    '',
    ...conventions.map((convention) => `- ${convention}`),
    '',
  ].join('\n');
}

if (isMain(import.meta.url)) {
  const table = await kernelsTable();
  if (!process.argv.includes('--check')) writeFileSync(tableFile, table);
  else if (readFileSync(tableFile, 'utf8') !== table) {
    process.stdout.write('✗ docs/kernels.md is not what tools/kernels-table.ts writes\n');
    process.exitCode = 1;
  }
}
