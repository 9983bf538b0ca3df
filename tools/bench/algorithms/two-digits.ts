import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { HostTensor } from '@polytask/base';
import { encodePng, readIdx } from '@polytask/data';
import { compareRun, defineRun } from '@polytask/run';
import { comparisonTable } from './comparison-table.ts';
import { machine, note, type Section, type Settings } from './markdown.ts';

const data = fileURLToPath(new URL('../../../../shared/data/two-digits/', import.meta.url));
const methods = ['uncertainty', 'pcgrad', 'cagrad', 'nash', 'famo', 'dbMtl'];

/** Two digits that overlap in an image: a small convolutional network, several methods, tuned fixed weights and single-task models. */
export const twoDigits: Section = { name: 'two-digits', measure };

async function measure({ seeds = 10, quick }: Settings): Promise<string[]> {
  if (!existsSync(data)) return ['Not measured: the images are not beside this checkout.'];
  const folder = mkdtempSync(join(tmpdir(), 'polytask-two-digits-'));
  try {
    const images = await writeImages(folder, quick ? 400 : 6000);
    const run = defineRun({
      version: 1,
      name: 'two-digits',
      seed: 1,
      data: { source: join(folder, 'images.csv') },
      split: { by: 'random', fractions: [0.6, 0.1, 0.3], nearDuplicates: 'ignore' },
      inputs: {
        image: {
          type: 'image',
          column: 'file',
          size: 36,
          encoder: { type: 'cnn', filters: [8, 16], units: 128, dropout: 0.25 },
        },
      },
      tasks: { left: { type: 'classify', column: 'left' }, right: { type: 'classify', column: 'right' } },
      train: {
        epochs: quick ? 1 : 8,
        batch: 64,
        optimizer: { type: 'adam', learningRate: 2e-3 },
        schedule: { type: 'cosine' },
      },
      device: 'onnx',
      threads: 1,
    });
    let last = '';
    const start = performance.now();
    const comparison = await compareRun(run, {
      methods: quick ? ['pcgrad'] : methods,
      seeds: quick ? 2 : seeds,
      trials: quick ? 1 : 3,
      onEvent: ({ method, seed, trial }) => {
        const now = `${method}, seed ${seed}${trial === null ? '' : `, trial ${trial + 1}`}`;
        if (now !== last) note(now);
        last = now;
      },
    });
    const minutes = (performance.now() - start) / 6e4;
    return [
      `${images} images of 36 × 36, of which each seed trains on 60 %, validates on 10 % and is judged on 30 %; ${run.config.train.epochs} epochs of`,
      `batches of 64, Adam at 0.002 (× 1, 1/3, 3) that falls along a cosine, two convolutions (8, 16) with a layer of 128, one thread. ${comparison.seeds.length} paired seeds; ${machine()}, ${minutes.toFixed(0)} minutes in all.`,
      '',
      ...comparisonTable(comparison),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** PNG files of the first images, and a CSV file that names them with both labels. */
async function writeImages(folder: string, limit: number): Promise<number> {
  mkdirSync(join(folder, 'images'));
  const lines = ['file,left,right'];
  const columns = {
    image: join(data, 'train-images-idx3-ubyte.gz'),
    label: { file: join(data, 'train-labels-idx2-ubyte.gz'), columns: ['left', 'right'] },
  };
  for await (const entry of readIdx(columns)) {
    const { row } = entry;
    if (row > limit) break;
    if (!('values' in entry)) throw new TypeError(`row ${row}: expected values.`);
    const { values } = entry;
    const file = join('images', `${row}.png`);
    writeFileSync(join(folder, file), await encodePng(values.image as unknown as HostTensor<'uint8'>));
    lines.push(`${file},${values.left},${values.right}`);
  }
  writeFileSync(join(folder, 'images.csv'), `${lines.join('\n')}\n`);
  return lines.length - 1;
}
