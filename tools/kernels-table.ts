// docs/kernels.md: what becomes of every tfjs kernel. `tsx tools/kernels-table.ts` writes it, `--check` says whether it is as written.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import '@polytask/core'; // registers tfjs's gradients
import { openDevice } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import { kernels } from '../packages/engine/src/kernels/index.ts';
import { correctedOnWasm, filledOnWasm } from '../packages/engine/src/tfjs/fill-wasm.ts';
import { isMain, repository } from './lib/workspace.ts';

export const tableFile = fileURLToPath(new URL('docs/kernels.md', repository));

/** Why kernels are not compiled. Those that are in no list wait for somebody who needs them. */
const reasons: Readonly<Record<string, readonly string[]>> = {
  'no tfjs operation calls it': ['BroadcastTo', 'LogicalXor', 'LogSoftmax', 'Pool', 'RotateWithOffset'],
  'complex numbers': ['Complex', 'ComplexAbs', 'FFT', 'IFFT', 'Imag', 'Real'],
  'draws or images of the host': ['Draw', 'FromPixels', 'Multinomial'],
  'shape depends on values': [
    ...['NonMaxSuppressionV3', 'NonMaxSuppressionV4', 'NonMaxSuppressionV5', 'RaggedGather', 'RaggedRange'],
    ...[
      'RaggedTensorToTensor',
      'SparseFillEmptyRows',
      'SparseReshape',
      'SparseSegmentMean',
      'SparseSegmentSum',
      'Unique',
    ],
  ],
  strings: ['StaticRegexReplace', 'StringNGrams', 'StringSplit', 'StringToHashBucketFast'],
};

const faults: readonly string[] = [
  '`Cumsum`, `Cumprod`: wrong, or refused, unless the axis is the last one.',
  '`Maximum`, `Minimum`, `SquaredDifference`, `BatchMatMul`: refused where an argument is broadcast.',
  '`Prod`, `GatherV2` with `batchDims`: need methods of tensors that tfjs-core alone does not register.',
  '`SplitV`, `Unpack` into a single part: refused.',
  '`Conv2D`, `DepthwiseConv2dNative`: refused with dilations.',
];

const reasonOf = (name: string): string =>
  Object.entries(reasons).find(([, names]) => names.includes(name))?.[0] ?? 'not written yet';

/** The kernel names that tfjs-core exports. */
export const kernelNames = (): string[] =>
  Object.entries(tf)
    .filter(([name, value]) => typeof value === 'string' && name === value && /^_?[A-Z]/.test(name))
    .map(([name]) => name)
    .sort();

function compiles(name: string): string {
  if (name === 'Identity') return 'yes, to nothing';
  return name in kernels ? 'yes' : `not supported: ${reasonOf(name)}`;
}

function onWasm(name: string): string {
  if (filledOnWasm.includes(name)) return 'missing, filled by the engine';
  if (correctedOnWasm.includes(name)) return 'put right by the engine';
  return tf.getKernel(name, 'wasm') ? '' : 'missing';
}

/** The whole file. Opens the wasm device, which registers its kernels. */
export async function kernelsTable(): Promise<string> {
  await openDevice('wasm');
  const names = kernelNames();
  const rows = names.map((name) => [name, compiles(name), tf.getGradient(name) ? 'yes' : '', onWasm(name)]);
  const count = names.filter((name) => compiles(name).startsWith('yes')).length;
  return [
    '# Kernels',
    '',
    `tfjs-core ${tf.version_core} has ${names.length} kernels; ${count} of them compile, with their gradients where tfjs has one.`,
    'Every one that compiles is compared with tfjs’s `cpu` backend on random inputs: `packages/engine/src/kernels/*.test.ts`.',
    '“On wasm” tells what tfjs’s `wasm` backend is missing or computes otherwise than its `cpu` backend.',
    '',
    'Written by `tools/kernels-table.ts`.',
    '',
    '| kernel | compiles | gradient in tfjs | on wasm |',
    '|---|---|---|---|',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    '## Gradients that tfjs itself has not, or not right',
    '',
    ...faults.map((fault) => `- ${fault}`),
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
