import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fold, key } from '@polytask/base';
import { openRun, pretrainRun, readRunFile, trainRun } from '@polytask/run';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { picture } from '../examples/pets-style/draw/picture.ts';
import { generate as drawPictures } from '../examples/pets-style/generate.ts';
import { generate as speakPhrases } from '../examples/speech/generate.ts';
import { utterance } from '../examples/speech/speak/utterance.ts';

// The programs as they are, on little data for a moment: that they run from end to end, not how good they get.

const folder = mkdtempSync(join(tmpdir(), 'polytask-programs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const runOf = (name: string) =>
  readRunFile(fileURLToPath(new URL(`../examples/${name}/run.yaml`, import.meta.url)), {
    set: [
      `split.files.train=${join(folder, name, 'train.csv')}`,
      `split.files.test=${join(folder, name, 'test.csv')}`,
      'train.epochs=1',
      'train.batch=16',
    ],
  });

const labelsOf = (name: string, part: string) =>
  readFileSync(join(folder, name, `${part}.csv`), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

describe('pets-style', () => {
  beforeAll(() => drawPictures({ out: join(folder, 'pets-style'), train: 80, test: 30, size: 32, seed: 1 }));

  test('a picture is the same for the same key, and another for another', () => {
    const at = (seed: number) => picture(fold(key(1), seed), { size: 32, isTest: false });
    expect(at(1)).toEqual(at(1));
    expect(at(1).image.data).not.toEqual(at(2).image.data);
  });

  test('the test part has palettes, tilts and brushes of its own', () => {
    const factors = (part: string, column: number) => new Set(labelsOf('pets-style', part).map((row) => row[column]));
    for (const column of [3, 4, 5]) {
      const [train, held] = [factors('train', column), factors('test', column)];
      expect([...held].filter((value) => train.has(value))).toEqual([]);
    }
    for (const column of [1, 2]) expect(factors('test', column)).toEqual(factors('train', column));
  });

  test('trains, evaluates and predicts', async () => {
    const run = await runOf('pets-style');
    const summary = await trainRun(run, { out: join(folder, 'runs') });
    expect(summary.test!.style!.labels).toBe(30);
    await using model = await openRun(summary.folder);
    const [first] = await model.predict([join(folder, 'pets-style/test/00000.png')]);
    expect(Object.keys(first!.tasks)).toEqual(['species', 'style']);
  });
});

describe('speech', () => {
  beforeAll(() => speakPhrases({ out: join(folder, 'speech'), train: 60, test: 20, seed: 1 }));

  test('a phrase is the same for the same key, as loud as sound may be', () => {
    const at = (seed: number) => utterance(fold(key(1), seed), { isTest: false });
    expect(at(1)).toEqual(at(1));
    for (let seed = 0; seed < 20; seed++) {
      const samples = at(seed).sound.channels[0];
      expect(samples.every((sample) => Math.abs(sample) <= 1)).toBe(true);
      expect(samples.some((sample) => Math.abs(sample) > 0.02)).toBe(true);
    }
  });

  test('the test part has speakers and pairs of words of its own', () => {
    const of = (part: string) => {
      const rows = labelsOf('speech', part);
      const pairs = rows.flatMap(([, text]) => {
        const words = text!.split(' ');
        return words.slice(1).map((word, at) => `${words[at]} ${word}`);
      });
      return { speakers: new Set(rows.map(([, , , speaker]) => speaker)), pairs: new Set(pairs) };
    };
    const [train, held] = [of('train'), of('test')];
    expect([...held.speakers].filter((speaker) => train.speakers.has(speaker))).toEqual([]);
    expect([...held.pairs].filter((pair) => train.pairs.has(pair))).toEqual([]);
  });

  test('trains, evaluates and predicts', async () => {
    const run = await runOf('speech');
    const summary = await trainRun(run, { out: join(folder, 'runs') });
    expect(summary.test!.transcript!.metrics.wer).toBeGreaterThan(0);
    await using model = await openRun(summary.folder);
    const [first] = await model.predict([join(folder, 'speech/test/00000.wav')]);
    expect(first!.tasks.transcript).toHaveProperty('text');
  });
});

describe('news-bert', () => {
  test('pretrains on its own headlines, fine-tunes and predicts', async () => {
    const file = fileURLToPath(new URL('../examples/news-bert/run.yaml', import.meta.url));
    const small = [
      'inputs.text.encoder.layers=1',
      'inputs.text.encoder.width=32',
      'pretrain.steps=4',
      'train.epochs=1',
    ];
    const out = join(folder, 'news-bert');
    const made = await pretrainRun(await readRunFile(file, { set: small }), { out });
    expect(made.texts.training + made.texts.heldOut).toBeGreaterThan(1400);
    expect(made.after.loss).toBeLessThan(made.before.loss);
    const run = await readRunFile(file, { set: [...small, `inputs.text.encoder.folder=${out}`] });
    const summary = await trainRun(run, { out: join(folder, 'runs') });
    expect(summary.test!.topic!.labels).toBeGreaterThan(100);
    await using model = await openRun(summary.folder);
    const [first] = await model.predict(['Striker scores twice in extra time']);
    expect(Object.keys(first!.tasks)).toEqual(['topic', 'sentiment']);
  });
});
