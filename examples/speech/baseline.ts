// What a linear model makes of means and deviations of log-mel bands: npm run baseline -- [--data data]
// It must not come far: else loudness and colour of the voice alone would tell the emotion.
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeWav, logMel, mono, writeCsv } from '@polytask/data';
import { defineRun, trainRun } from '@polytask/run';

const { values } = parseArgs({
  options: { data: { type: 'string', default: fileURLToPath(new URL('data', import.meta.url)) } },
});
const bands = 80;
const columns = Array.from({ length: 2 * bands }, (_, at) => `${at < bands ? 'mean' : 'deviation'}${at % bands}`);
const folder = await mkdtemp(join(tmpdir(), 'bands-'));

async function tableOf(part: string): Promise<string> {
  const source = resolve(values.data, `${part}.csv`);
  const lines = (await readFile(source, 'utf8')).trim().split('\n').slice(1);
  const rows: Record<string, string | number>[] = [];
  for (const line of lines) {
    const [file, , emotion] = line.split(',') as [string, string, string];
    const { data, shape } = logMel(mono(decodeWav(await readFile(join(dirname(source), file)))), {
      type: 'kaldi',
      bands,
    });
    const frames = shape[0]!;
    const row: Record<string, string | number> = { emotion };
    for (let band = 0; band < bands; band++) {
      let [sum, squares] = [0, 0];
      for (let frame = 0; frame < frames; frame++) {
        sum += data[frame * bands + band]!;
        squares += data[frame * bands + band]! ** 2;
      }
      row[columns[band]!] = sum / frames;
      row[columns[bands + band]!] = Math.sqrt(Math.max(0, squares / frames - (sum / frames) ** 2));
    }
    rows.push(row);
  }
  const path = join(folder, `${part}.csv`);
  await writeCsv(rows, path);
  return path;
}

const { test } = await trainRun(
  defineRun({
    version: 1,
    name: 'bands',
    seed: 7,
    split: { files: { train: await tableOf('train'), test: await tableOf('test') } },
    inputs: { bands: { type: 'table', columns, encoder: { type: 'mlp', hidden: [] } } },
    tasks: { emotion: { type: 'classify', column: 'emotion', metrics: ['uar'] } },
    train: { epochs: 40, batch: 64, optimizer: { type: 'adam', learningRate: 3e-3 } },
  }),
  { out: folder },
);
console.log(`emotion: mean recall ${test!.emotion!.metrics.uar!.toFixed(3)}`);
