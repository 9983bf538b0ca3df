/**
 * Trains on ../shared/data/two-digits (6,000 images of two overlapping handwritten digits each), and compares the accuracies on a tenth that is held
 * out with what they must be. Skips, and says so, where the data is not there.
 *
 *   npx tsx --conditions=@polytask/source tools/targets/two-digits.ts
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type HostTensor, hostTensor } from '@polytask/base';
import { encodePng, readIdx } from '@polytask/data';
import { defineRun, type RunDefinition, trainRun } from '@polytask/run';
import { reachedOrNot } from './reached.ts';

const data = fileURLToPath(new URL('../../../shared/data/two-digits', import.meta.url));

if (!existsSync(data)) {
  console.log(`skipped: ${data} is not there`);
} else {
  const out = mkdtempSync(join(tmpdir(), 'polytask-two-digits-'));
  try {
    const { test, seconds } = await trainRun(defineRun(fileOf(await written(out))), { out });
    console.log(`trained in ${seconds.toFixed(0)} s`);
    reachedOrNot('two-digits', [
      { name: 'first digit, accuracy', reached: test!.first!.metrics.accuracy, least: 0.9 },
      { name: 'second digit, accuracy', reached: test!.second!.metrics.accuracy, least: 0.9 },
    ]);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

function fileOf(source: string): RunDefinition {
  return {
    version: 1,
    name: 'two-digits',
    seed: 1,
    data: { source },
    split: { by: 'random', fractions: [0.8, 0.1, 0.1] },
    inputs: {
      image: {
        type: 'image',
        column: 'file',
        size: 36,
        encoder: { type: 'cnn', filters: [16, 32], depth: 2, units: 128, dropout: 0.5 },
        augment: [{ type: 'translate', down: [-2, 2], right: [-2, 2], unit: 'pixels' }],
      },
    },
    tasks: { first: { type: 'classify', column: 'first' }, second: { type: 'classify', column: 'second' } },
    train: {
      epochs: 10,
      batch: 32,
      optimizer: { type: 'adam', learningRate: 1e-3 },
      schedule: { type: 'cosine' },
    },
  } as RunDefinition;
}

/** The images as PNG files, and a table of their paths and digits. */
async function written(folder: string): Promise<string> {
  const source = readIdx({
    image: join(data, 'train-images-idx3-ubyte.gz'),
    digits: { file: join(data, 'train-labels-idx2-ubyte.gz'), columns: ['first', 'second'] },
  });
  mkdirSync(join(folder, 'images'));
  const lines = ['file,first,second'];
  for await (const row of source) {
    if ('bad' in row) throw new TypeError(row.bad.message);
    const { image, first, second } = row.values as unknown as { image: HostTensor; first: number; second: number };
    const [height, width] = image.shape as [number, number];
    const file = `images/${row.row}.png`;
    writeFileSync(
      join(folder, file),
      await encodePng(hostTensor('uint8', [height, width, 1], image.data as Uint8Array)),
    );
    lines.push(`${file},${first},${second}`);
  }
  const table = join(folder, 'digits.csv');
  writeFileSync(table, `${lines.join('\n')}\n`);
  return table;
}
