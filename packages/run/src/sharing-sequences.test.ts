import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fold, key, normal } from '@polytask/base';
import { encodeWav } from '@polytask/data';
import type { Classification, Transcription } from '@polytask/heads';
import { beforeAll, describe, expect, test } from 'vitest';
import { affinityRun } from './affinity-run.ts';
import { defineRun } from './config/define-run.ts';
import type { TagPrediction } from './config/run.ts';
import type { RunFile } from './config/schema.ts';
import { exportRun } from './export-run.ts';
import { openRun } from './open-run.ts';
import { prepare } from './prepare.ts';
import { failure, temporaryFolder, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const folder = temporaryFolder();
const out = join(folder, 'runs');

const ways: NonNullable<RunFile['sharing']>[] = [
  { type: 'hard', hidden: [12], dropout: 0.1 },
  { type: 'soft', hidden: [12] },
  { type: 'crossStitch', hidden: [12, 12] },
  { type: 'mmoe', experts: 2, hidden: [12] },
  { type: 'omoe', experts: 2, hidden: [12] },
  { type: 'cgc', shared: 1, specific: 1, hidden: [12] },
  { type: 'ple', shared: 1, specific: 1, hidden: [12, 12] },
  { type: 'mtan', hidden: [12, 12] },
  { type: 'film' },
  { type: 'adapters', width: 4 },
  { type: 'lora', units: 12, rank: 2, frozen: false },
  { type: 'taskAttention', hidden: [12] },
];
const common = { version: 1, seed: 3, device: 'onnx', threads: 1 } as const;
const named = (list: readonly NonNullable<RunFile['sharing']>[]) => list.map((way) => [way.type, way] as const);

beforeAll(() => {
  mkdirSync(join(folder, 'sounds'));
  const rows = Array.from({ length: 40 }, (_, at) => {
    const [isHigh, isLoud] = [at % 2 === 1, at % 4 < 2];
    const noise = normal(fold(key(2), at), 1600 + 400 * (at % 3)); // of three lengths, so that there is padding
    const tone = Float32Array.from(
      noise,
      (value, time) => 0.3 * Math.sin(time * (isHigh ? 0.5 : 0.1)) * (isLoud ? 1 : 0.1) + value * 0.01,
    );
    writeFileSync(join(folder, 'sounds', `${at}.wav`), encodeWav({ sampleRate: 16000, channels: [tone] }));
    return { file: `sounds/${at}.wav`, said: isHigh ? 'yes' : 'no', mood: isLoud ? 'loud' : 'soft' };
  });
  writeRows(join(folder, 'sounds.jsonl'), rows);
});

describe('speech: a transcript, and a mood pooled by attention', () => {
  const file = (changes: Partial<RunFile>): RunFile => ({
    ...common,
    name: 'speech',
    data: { source: join(folder, 'sounds.jsonl') },
    split: { by: 'random', fractions: [0.6, 0.2, 0.2] },
    inputs: {
      sound: {
        type: 'speech',
        column: 'file',
        encoder: { type: 'crnn', bands: 20, filters: [4], units: 12, width: 8, layers: 1, dropout: 0 },
      },
    },
    tasks: {
      said: { type: 'transcribe', column: 'said' },
      mood: { type: 'classify', column: 'mood', pooling: 'attentive' },
    },
    train: { epochs: 2, batch: 8, optimizer: { type: 'adam', learningRate: 0.02 } },
    ...changes,
  });

  test.each(named([...ways, { type: 'grouped', groups: [['said'], ['mood']], hidden: [12] }]))(
    '%s trains, and its folder predicts',
    async (_, sharing) => {
      const { folder: run, reason, validation } = await trainRun(defineRun(file({ sharing })), { out });
      expect(reason).toBe('finished');
      for (const task of ['said', 'mood']) expect(Number.isFinite(validation![task]!.loss)).toBe(true);
      await using opened = await openRun(run);
      const [one, ...others] = ['0', '1', '2'].map((name) => join(folder, `sounds/${name}.wav`));
      const batch = await opened.predict([one!, ...others]);
      const [alone] = await opened.predict([one!]);
      const mood = (prediction: typeof alone) => (prediction!.tasks.mood as Classification).probabilities.loud!;
      // longer sounds beside it are padding to it
      expect(mood(alone)).toBeCloseTo(mood(batch[0]), 5);
      expect((alone!.tasks.said as Transcription).text).toBe((batch[0]!.tasks.said as Transcription).text);
    },
  );

  test('adapters learn both', async () => {
    const train = { epochs: 60, batch: 8, optimizer: { type: 'adam', learningRate: 0.02 } } as const;
    const { test: scores } = await trainRun(defineRun(file({ sharing: { type: 'adapters', width: 8 }, train })), {
      out,
    });
    expect(scores!.said!.metrics.wer).toBeLessThan(0.5);
    expect(scores!.mood!.metrics.accuracy).toBeGreaterThan(0.8);
  });

  test('the gradients of tasks are compared at the sequence', async () => {
    for (const gradients of ['representation', 'last-layer'] as const) {
      const balance = { type: 'mgda', gradients } as const;
      const { reason } = await trainRun(defineRun(file({ sharing: { type: 'film' }, balance })), { out });
      expect(reason).toBe('finished');
    }
  });
});

describe('text: a class, and a tag for each word', () => {
  const cities = ['paris', 'rome', 'oslo'];
  const rows = Array.from({ length: 60 }, (_, at) => {
    const words = [...(at % 2 === 0 ? ['fly', 'to'] : ['is', 'it', 'cold', 'in']), cities[at % 3]!, `n${at}`];
    const slots = words.map((word) => (cities.includes(word) ? 'B-city' : 'O'));
    return { text: words.join(' '), intent: at % 2 === 0 ? 'flight' : 'weather', slots };
  });
  const file = (changes: Partial<RunFile>): RunFile => ({
    ...common,
    name: 'assistant',
    data: { source: writeRows(join(folder, 'slots.jsonl'), rows) },
    split: { by: 'random', nearDuplicates: 'ignore' },
    inputs: {
      text: {
        type: 'text',
        column: 'text',
        encoder: { type: 'transformer', layers: 1, width: 12, heads: 2, vocabulary: 60, dropout: 0, maxLength: 16 },
      },
    },
    tasks: { intent: { type: 'classify', column: 'intent' }, slots: { type: 'tag', column: 'slots' } },
    train: { epochs: 2, batch: 16, optimizer: { type: 'adam', learningRate: 0.01 } },
    ...changes,
  });

  test.each(named(ways))('%s trains, its folder predicts, and is exported', async (_, sharing) => {
    const { folder: run, reason } = await trainRun(defineRun(file({ sharing })), { out });
    expect(reason).toBe('finished');
    await using opened = await openRun(run);
    const text = 'fly to rome';
    const [alone] = await opened.predict([text]);
    const [padded] = await opened.predict([text, 'is it cold in oslo and is it cold in rome today']);
    const intent = (prediction: typeof alone) => (prediction!.tasks.intent as Classification).probabilities.flight!;
    expect(intent(alone)).toBeCloseTo(intent(padded), 5);
    expect((alone!.tasks.slots as TagPrediction).tags).toEqual((padded!.tasks.slots as TagPrediction).tags);
    expect((await exportRun(run)).file.length).toBeGreaterThan(1000);
  });

  test('the parameters between encoder and heads are of the width of a step', async () => {
    const { model } = await prepare(defineRun(file({ sharing: { type: 'adapters', width: 4 } })));
    const params = model.init(key(1)) as unknown as {
      sharing: { tasks: Record<string, { down: { shape: number[] } }> };
    };
    expect(Object.values(params.sharing.tasks).map(({ down }) => down.shape)).toEqual([
      [12, 4],
      [12, 4],
    ]);
  });

  test('representations of words are compared by no affinity', async () => {
    const { problems } = await failure(() => affinityRun(defineRun(file({})), { by: 'representation' }));
    expect(problems).toMatchObject([{ code: 'E1241', path: 'inputs' }]);
  });
});
