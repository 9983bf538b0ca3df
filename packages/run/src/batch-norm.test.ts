import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fold, type HostTensor, hostTensor, key, uniform } from '@polytask/base';
import { encodePng } from '@polytask/data';
import { beforeAll, expect, test } from 'vitest';
import { defineRun } from './config/define-run.ts';
import { readBest } from './folder/checkpoints.ts';
import { openRun } from './open-run.ts';
import { resumeRun } from './resume-run.ts';
import { contents, failure, temporaryFolder, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const folder = temporaryFolder();
const run = (encoder: object = { batchNorm: true }, train: object = {}) =>
  defineRun({
    version: 1,
    name: 'normed',
    seed: 3,
    data: { source: join(folder, 'images.jsonl') },
    split: { by: 'random', fractions: [0.6, 0.2, 0.2] },
    inputs: {
      picture: {
        type: 'image',
        column: 'file',
        size: 8,
        encoder: { type: 'cnn', filters: [4, 8], units: 16, dropout: 0.1, ...encoder },
      },
    },
    tasks: { colour: { type: 'classify', column: 'colour' } },
    train: { epochs: 4, batch: 10, optimizer: { type: 'adam', learningRate: 0.01 }, ...train },
    device: 'onnx',
    threads: 1,
  });

beforeAll(async () => {
  const rows = await Promise.all(
    Array.from({ length: 40 }, async (_, at) => {
      const noise = uniform(fold(key(1), at), 8 * 8 * 3);
      const pixels = Uint8Array.from(noise, (value, place) => value * 60 + (place % 3 === (at % 2) * 2 ? 150 : 10));
      writeFileSync(join(folder, `${at}.png`), await encodePng(hostTensor('uint8', [8, 8, 3], pixels)));
      return { file: `${at}.png`, colour: at % 2 === 0 ? 'red' : 'blue' };
    }),
  );
  writeRows(join(folder, 'images.jsonl'), rows);
});

test('running statistics are trained, saved, judged and predicted with, and resumed to the last bit', async () => {
  const whole = await trainRun(run(), { out: join(folder, 'whole') });
  const { weights } = await readBest(whole.folder);
  const mean = weights.get('encoder.blocks.0.0.norm.mean') as HostTensor;
  expect(mean.data.some((value) => value !== 0)).toBe(true);
  expect(whole.test!.colour!.metrics.accuracy).toBeGreaterThan(0.8);
  await using opened = await openRun(whole.folder);
  expect((await opened.evaluate()).tasks.colour).toEqual(whole.test!.colour);
  const files = [0, 1, 2].map((at) => join(folder, `${at}.png`));
  const together = await opened.predict(files);
  // an image's prediction does not depend on those beside it
  for (const [at, file] of files.entries()) {
    const [alone] = await opened.predict([file]);
    expect(alone!.tasks.colour).toMatchObject({ label: (together[at]!.tasks.colour as { label: string }).label });
  }

  const controller = new AbortController();
  const { folder: cut } = await trainRun(run(), {
    out: join(folder, 'cut'),
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === 5) controller.abort();
    },
  });
  await resumeRun(cut);
  expect(contents(join(cut, 'best'))['weights.safetensors']).toEqual(
    contents(join(whole.folder, 'best'))['weights.safetensors'],
  );
});

test('batch norm needs whole batches, and is one norm of two', async () => {
  const pieces = await failure(() =>
    trainRun(run({ batchNorm: true }, { accumulate: 2 }), { out: join(folder, 'pieces') }),
  );
  expect(pieces.code).toBe('E4008');
  expect(await failure(async () => run({ batchNorm: true, groups: 2 }))).toMatchObject({ code: 'E1205' });
});
