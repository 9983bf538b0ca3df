import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { key } from '@polytask/base';
import { tokenizerJson } from '@polytask/data';
import { type BertSizes, bert, saveBertFolder } from '@polytask/encoders';
import { expect, test } from 'vitest';
import { defineRun } from './config/define-run.ts';
import { initParams } from './init-params.ts';
import { openRun } from './open-run.ts';
import { prepare } from './prepare.ts';
import { resumeRun } from './resume-run.ts';
import { temporaryFolder, tinyFile, tinyRows, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const folder = temporaryFolder();
const words = [
  '[PAD]',
  '[UNK]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  'goal',
  'team',
  'match',
  'coach',
  'league',
  'bank',
  'stock',
  'market',
  'profit',
  'loan',
  'great',
  'happy',
  'awful',
  'sad',
];
const sizes: BertSizes = {
  tokens: words.length,
  positions: 16,
  segments: 2,
  width: 16,
  layers: 1,
  heads: 2,
  hidden: 32,
  activation: 'gelu',
  epsilon: 1e-12,
};

test('a run starts from pretrained weights, and its folder needs them no more', async () => {
  const pretrained = join(folder, 'bert');
  const { params } = bert({ ...sizes, pooling: 'cls', dropout: 0 }).pooled.init(key(5), [16]);
  await saveBertFolder(pretrained, { sizes, params, tokenizer: tokenizerJson(words) });
  const run = defineRun(
    tinyFile(writeRows(join(folder, 'rows.jsonl'), tinyRows()), {
      inputs: {
        text: {
          type: 'text',
          column: 'text',
          encoder: { type: 'bert', folder: pretrained, pooling: 'mean', dropout: 0 },
        },
      },
      train: { epochs: 8, batch: 16, optimizer: { type: 'adam', learningRate: 0.01 } },
    }),
  );
  const { model } = await prepare(run);
  expect((initParams(model, key(1)) as { encoder: unknown }).encoder).toEqual(params);

  const controller = new AbortController();
  const { folder: made } = await trainRun(run, {
    out: join(folder, 'runs'),
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === 4) controller.abort();
    },
  });
  rmSync(pretrained, { recursive: true });
  const resumed = await resumeRun(made);
  expect(resumed.reason).toBe('finished');
  expect(resumed.test!.topic!.metrics.accuracy).toBeGreaterThan(0.7);
  await using opened = await openRun(made);
  expect((await opened.predict(['goal team']))[0]!.tasks.topic).toMatchObject({ label: 'sports' });
  await expect(prepare(run)).rejects.toThrow('E1405');
});
