/**
 * How much memory the images of a run take: one epoch of batches and one of evaluation, without a model that learns from them.
 *
 *   pnpm --silent bench media-memory FOLDER [--keep 1024] [--size 224] [--decoder js] [--json]
 *
 * FOLDER is what `examples/pets-style/generate.ts --out FOLDER` wrote. Prints the most memory that the process ever had (`maxRSS`), seconds until the
 * first batch (every file is read, checked and fitted on), and seconds of an epoch of batches.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { defineRun, type RunFile } from '@polytask/run';
import { prepare } from '../../packages/run/src/prepare.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    keep: { type: 'string', default: '1024' },
    size: { type: 'string', default: '224' },
    decoder: { type: 'string', default: 'js' },
    json: { type: 'boolean' },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new RangeError('Expected a folder that examples/pets-style/generate.ts wrote.');
const run = defineRun({
  version: 1,
  name: 'media-memory',
  seed: 7,
  split: { by: 'files', files: { train: join(folder, 'train.csv'), test: join(folder, 'test.csv') } },
  inputs: {
    picture: {
      type: 'image',
      column: 'file',
      size: Number(flags.size),
      decoder: flags.decoder as 'js',
      keepMegabytes: Number(flags.keep),
      augment: [{ type: 'flip', probability: 0.5 }],
    },
  },
  tasks: { species: { type: 'classify', column: 'species' } },
  train: { epochs: 1, batch: 32 },
} satisfies RunFile);

const start = performance.now();
const { batches, evaluation, examplesOf } = await prepare(run);
const prepared = performance.now();
for (let at = 0; at < batches.batchesPerEpoch; at++) await batches.next();
const trained = performance.now();
let judged = 0;
for await (const { size } of evaluation('validation')) judged += size;
const result = {
  keepMegabytes: Number(flags.keep),
  images: { train: examplesOf('train').length, judged },
  maxMegabytes: Math.round((process.resourceUsage().maxRSS * 1024) / 1e6),
  preparedSeconds: Math.round((prepared - start) / 100) / 10,
  epochSeconds: Math.round((trained - prepared) / 100) / 10,
};
console.log(flags.json ? JSON.stringify(result) : result);
