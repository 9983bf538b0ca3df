// What a linear model makes of the pixels: npm run baseline -- [--data data]
// It must not come far: else colours alone would tell the answers.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeImage, resizeImage, writeCsv } from '@polytask/data';
import { defineRun, trainRun } from '@polytask/run';

const { values } = parseArgs({
  options: { data: { type: 'string', default: fileURLToPath(new URL('data', import.meta.url)) } },
});
const side = 16;
const columns = Array.from({ length: side * side * 3 }, (_, at) => `p${at}`);
const folder = await mkdtemp(join(tmpdir(), 'pixels-'));

/** The pixels of 16 × 16 thumbnails as columns of a table. */
async function tableOf(part: string): Promise<string> {
  const source = resolve(values.data, `${part}.csv`);
  const lines = (await readFile(source, 'utf8')).trim().split('\n').slice(1);
  const rows: Record<string, string | number>[] = [];
  for (const line of lines) {
    const [file, species, style] = line.split(',') as [string, string, string];
    const image = await decodeImage(await readFile(join(dirname(source), file)));
    const { data } = resizeImage(image, { height: side, width: side });
    rows.push({ ...Object.fromEntries(columns.map((name, at) => [name, data[at]!])), species, style });
  }
  const path = join(folder, `${part}.csv`);
  await writeCsv(rows, path);
  return path;
}

const { test } = await trainRun(
  defineRun({
    version: 1,
    name: 'pixels',
    seed: 7,
    split: { files: { train: await tableOf('train'), test: await tableOf('test') } },
    inputs: { pixels: { type: 'table', columns, encoder: { type: 'mlp', hidden: [] } } },
    tasks: { species: { type: 'classify', column: 'species' }, style: { type: 'classify', column: 'style' } },
    train: { epochs: 15, batch: 64, optimizer: { type: 'adam', learningRate: 1e-3 } },
  }),
  { out: folder },
);
for (const [task, { metrics }] of Object.entries(test!))
  console.log(`${task}: accuracy ${metrics.accuracy!.toFixed(3)}`);
