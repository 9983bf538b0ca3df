import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fold, hostTensor, key, leaves, type Tree, uniform } from '@polytask/base';
import { context, noRandom, recorder } from '@polytask/core';
import { encodePng } from '@polytask/data';
import { compile, openDevice } from '@polytask/engine';
import type { Classification } from '@polytask/heads';
import { beforeAll, describe, expect, test } from 'vitest';
import { affinityRun } from './affinity-run.ts';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { exportRun } from './export-run.ts';
import { openRun } from './open-run.ts';
import { prepare } from './prepare.ts';
import { resumeRun } from './resume-run.ts';
import { compareSingleTask } from './single-task.ts';
import { failure, temporaryFolder, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const folder = temporaryFolder();
const out = join(folder, 'runs');

/** Squares or stripes, red or blue. */
beforeAll(async () => {
  mkdirSync(join(folder, 'images'));
  const rows = [];
  for (let at = 0; at < 48; at++) {
    const [isRed, isStriped] = [at % 2 === 0, at % 4 < 2];
    const noise = uniform(fold(key(1), at), 16 * 12 * 3);
    const pixels = Uint8Array.from(noise, (value, place) => {
      const [channel, column] = [place % 3, Math.floor(place / 3) % 12];
      const row = Math.floor(place / 36);
      const isLit = isStriped ? (column + at) % 4 < 2 : row > 3 && row < 13 && column > 2 && column < 10;
      return Math.min(255, (isLit && channel === (isRed ? 0 : 2) ? 200 : 20) + value * 30);
    });
    writeFileSync(join(folder, 'images', `${at}.png`), await encodePng(hostTensor('uint8', [16, 12, 3], pixels)));
    rows.push({
      file: `images/${at}.png`,
      colour: isRed ? 'red' : 'blue',
      form: at % 7 === 0 ? null : isStriped ? 'stripes' : 'square',
    });
  }
  writeRows(join(folder, 'images.jsonl'), rows);
});

const file = (changes: Partial<RunFile> = {}): RunFile => ({
  version: 1,
  name: 'masks',
  seed: 3,
  device: 'onnx',
  threads: 1,
  data: { source: join(folder, 'images.jsonl') },
  split: { by: 'random', fractions: [0.6, 0.2, 0.2] },
  inputs: { picture: { type: 'image', column: 'file', size: 16, encoder: { type: 'cnn', filters: [6, 8], depth: 2 } } },
  tasks: { colour: { type: 'classify', column: 'colour' }, form: { type: 'classify', column: 'form' } },
  sharing: { type: 'mtan' },
  train: { epochs: 2, batch: 8, optimizer: { type: 'adam', learningRate: 0.02 } },
  ...changes,
});
const withEncoder = (encoder: object, changes: Partial<RunFile> = {}) =>
  file({ inputs: { picture: { type: 'image', column: 'file', size: 16, encoder } } as never, ...changes });
const shapesOf = async (given: RunFile) => {
  const { model } = await prepare(defineRun(given));
  const shapes = leaves(model.init(key(1)) as Tree<{ shape: readonly number[] }>);
  return Object.fromEntries(shapes.map(([path, { shape }]) => [path, shape]));
};

describe('masks over the maps of an image encoder', () => {
  test('learn, are resumed, saved, predicted and exported', async () => {
    const train = { epochs: 12, batch: 8, optimizer: { type: 'adam', learningRate: 0.02 } } as const;
    const { folder: run, test: scores } = await trainRun(defineRun(file({ train })), { out });
    expect(scores!.colour!.metrics.accuracy).toBe(1);
    expect(scores!.form!.metrics.accuracy).toBeGreaterThan(0.8);
    const controller = new AbortController();
    const cut = await trainRun(defineRun(file({ train })), {
      out,
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step' && event.step === 20) controller.abort();
      },
    });
    expect(cut.reason).toBe('interrupted');
    expect((await resumeRun(cut.folder)).test).toEqual(scores);
    await using opened = await openRun(run);
    const paths = [0, 1, 2].map((at) => join(folder, `images/${at}.png`));
    const [first] = await opened.predict(paths);
    const [alone] = await opened.predict(paths.slice(0, 1));
    const red = (one: typeof first) => (one!.tasks.colour as Classification).probabilities.red!;
    expect(red(first)).toBeGreaterThan(0.5);
    expect(red(alone)).toBeCloseTo(red(first), 5);
    expect((await exportRun(run)).file.length).toBeGreaterThan(5_000);
    const { single } = await compareSingleTask(run);
    expect(Object.keys(single)).toEqual(['colour', 'form']);
  }, 60_000);

  test('stand between the blocks of the encoder and the heads, with widths of the blocks', async () => {
    const shapes = await shapesOf(file());
    expect(shapes['encoder.blocks.1.1.convolution.filter']).toEqual([3, 3, 8, 8]);
    expect(shapes['sharing.masks.colour.0.inner.weight']).toEqual([6, 6]);
    expect(shapes['sharing.masks.form.1.inner.weight']).toEqual([16, 8]);
    expect(shapes['sharing.convolutions.0.filter']).toEqual([3, 3, 6, 8]);
    expect(shapes['sharing.norms.form.1.variance']).toEqual([8]);
    expect(shapes['heads.form.logits.weight']).toEqual([8, 2]);
    expect(Object.keys(shapes).filter((path) => /dense/.test(path))).toEqual([]);
    const plain = await shapesOf(file({ sharing: { type: 'mtan', batchNorm: false } }));
    expect(Object.keys(plain).filter((path) => /norm/i.test(path))).toEqual([]);
    const deep = await shapesOf(withEncoder({ type: 'resnet', blocks: [1, 2], filters: 4, groups: 2, stem: 'small' }));
    expect(deep['sharing.masks.colour.1.outer.weight']).toEqual([8, 8]);
  });

  test('can be read of a model, by task and block', async () => {
    const { model, batches } = await prepare(defineRun(file()));
    const { inputs } = await batches.next();
    await using masks = compile(
      (params: unknown, given: unknown) => {
        const { record, recorded } = recorder();
        const how = context('infer', noRandom, record);
        model.outputs(params as never, model.represent(params as never, given, how), how);
        return recorded().observed;
      },
      { device: await openDevice('onnx', { threads: 1 }) },
    );
    const observed = await masks.run(model.init(key(1)) as unknown, inputs as unknown);
    const shapes = Object.entries(observed).map(([name, { shape }]) => [name, shape]);
    for (const { data } of Object.values(observed)) expect(data.every((value) => value > 0 && value < 1)).toBe(true);
    expect(Object.fromEntries(shapes)).toEqual({
      'sharing.mask.colour.0': [8, 16, 16, 6],
      'sharing.mask.colour.1': [8, 8, 8, 8],
      'sharing.mask.form.0': [8, 16, 16, 6],
      'sharing.mask.form.1': [8, 8, 8, 8],
    });
  });

  test.each(['cnn', 'resnet'] as const)(
    'of a %s train with gradients compared at all levels',
    async (type) => {
      const encoder =
        type === 'cnn'
          ? { type, filters: [4, 6], batchNorm: true }
          : { type, blocks: [1, 1], filters: 4, groups: 2, stem: 'small' };
      for (const gradients of ['representation', 'last-layer'] as const) {
        const run = defineRun(withEncoder(encoder, { balance: { type: 'mgda', gradients } }));
        const { reason } = await trainRun(run, { out });
        expect(reason).toBe('finished');
      }
    },
    60_000,
  );

  test('are over a vector where hidden layers are given, as they were', async () => {
    const shapes = await shapesOf(file({ sharing: { type: 'mtan', hidden: [12] } }));
    expect(shapes['sharing.stages.0.weight']).toEqual([128, 12]);
    expect(shapes['sharing.masks.colour.0.inner.bias']).toEqual([12]);
  });

  test('what does not fit together is told', async () => {
    const told = (given: RunFile) => () => defineRun(given);
    expect(told(withEncoder({ type: 'cnn', pooling: 'average' }))).toThrow('Masks look at the maps of the encoder');
    expect(told(withEncoder({ type: 'cnn', gram: 0 }))).toThrow('Masks look at the maps of the encoder');
    expect(told(file({ sharing: { type: 'mtan', hidden: [8], batchNorm: false } }))).toThrow('have batch norms');
    // beside a task that detects, dense layers are over a map
    const tasks = { ...file().tasks, boxes: { type: 'detect', column: 'boxes' } } as const;
    const dense: RunFile['sharing'] = { type: 'mtan', hidden: [8], batchNorm: false };
    expect(defineRun(file({ tasks, sharing: dense })).config.sharing).toEqual(dense);
    const { problems } = await failure(() => affinityRun(defineRun(file()), { by: 'representation' }));
    expect(problems).toMatchObject([{ code: 'E1241', path: 'sharing' }]);
    const accumulated = file({ train: { ...file().train, accumulate: 2 } } as never);
    const refused = await failure(() => trainRun(defineRun(accumulated), { out }));
    expect(refused.problems).toMatchObject([{ code: 'E4008' }]);
    const without = { ...accumulated, sharing: { type: 'mtan', batchNorm: false } } as RunFile;
    expect((await trainRun(defineRun(without), { out })).reason).toBe('finished');
  });
});
