/**
 * Speaks the phrases of examples/speech, trains on them with its run file, and compares what the model reaches on speakers and phrases that it never
 * heard with what it must.
 *
 *   npx tsx --conditions=@polytask/source tools/targets/speech.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readRunFile, trainRun } from '@polytask/run';
import { generate } from '../../examples/speech/generate.ts';
import { reachedOrNot } from './reached.ts';

const out = mkdtempSync(join(tmpdir(), 'polytask-speech-'));
try {
  await generate({ out, train: 4500, test: 600, seed: 7 });
  const run = await readRunFile(fileURLToPath(new URL('../../examples/speech/run.yaml', import.meta.url)), {
    set: [`split.files.train=${join(out, 'train.csv')}`, `split.files.test=${join(out, 'test.csv')}`],
  });
  const { test } = await trainRun(run, { out });
  reachedOrNot('speech', [
    { name: 'transcript, word error rate', reached: test!.transcript!.metrics.wer, most: 0.1 },
    { name: 'emotion, mean recall', reached: test!.emotion!.metrics.uar, least: 0.85 },
  ]);
} finally {
  rmSync(out, { recursive: true, force: true });
}
