/**
 * Draws the pictures of examples/pets-style, trains on them with its run file, and compares what the model reaches on colours, tilts and brushes that
 * it never saw with what it must.
 *
 *   npx tsx --conditions=@polytask/source tools/targets/pets-style.ts [--seed 7]
 *
 * The seed is that of the pictures, to learn from and to be judged on, and of the training.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readRunFile, trainRun } from '@polytask/run';
import { generate } from '../../examples/pets-style/generate.ts';
import { reachedOrNot } from './reached.ts';

const { values: flags } = parseArgs({ options: { seed: { type: 'string', default: '7' } } });
const out = mkdtempSync(join(tmpdir(), 'polytask-pets-style-'));
try {
  await generate({ out, train: 10000, test: 600, size: 64, seed: Number(flags.seed) });
  const run = await readRunFile(fileURLToPath(new URL('../../examples/pets-style/run.yaml', import.meta.url)), {
    set: [
      `seed=${flags.seed}`,
      `split.files.train=${join(out, 'train.csv')}`,
      `split.files.test=${join(out, 'test.csv')}`,
    ],
  });
  const { test, seconds } = await trainRun(run, { out });
  reachedOrNot('pets-style', [
    { name: 'species, accuracy', reached: test!.species!.metrics.accuracy, least: 0.93 },
    { name: 'style, accuracy', reached: test!.style!.metrics.accuracy, least: 0.93 },
    { name: 'seconds of training, on two idle cores', reached: seconds, most: 300 },
  ]);
} finally {
  rmSync(out, { recursive: true, force: true });
}
