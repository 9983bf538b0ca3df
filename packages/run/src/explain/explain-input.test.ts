import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fold, hostTensor, key, normal, uniform } from '@polytask/base';
import { encodePng, encodeWav } from '@polytask/data';
import type { Classification } from '@polytask/heads';
import { beforeAll, describe, expect, test } from 'vitest';
import { defineRun } from '../config/define-run.ts';
import type { RunFile } from '../config/schema.ts';
import { type OpenRun, openRun } from '../open-run.ts';
import { temporaryFolder, tinyRun, writeRows } from '../testing/tiny-run.fixture.ts';
import { trainRun } from '../train-run.ts';
import type { ExplainedInput } from './explanation.ts';
import { spikesOf } from './spikes.ts';

const folder = temporaryFolder();
const out = join(folder, 'runs');

/** Trains on rows, and hands the model to a test. */
async function withModel(file: Partial<RunFile>, use: (model: OpenRun) => Promise<void>): Promise<void> {
  const split = { by: 'random', fractions: [0.8, 0.1, 0.1] };
  const run = defineRun({
    version: 1,
    name: 'explained',
    seed: 3,
    split,
    device: 'onnx',
    threads: 1,
    ...file,
  } as RunFile);
  await using model = await openRun((await trainRun(run, { out })).folder);
  await use(model);
}

const topOf = (changes: readonly number[]) => changes.indexOf(Math.max(...changes));

test('words of a text count by what the probability of the class loses without them', async () => {
  const { folder: made } = await trainRun(tinyRun(folder, { train: { epochs: 20, batch: 8 } } as never), { out });
  await using model = await openRun(made);
  const text = 'n1, coach goal (awful)';
  const [first] = await model.explain([text]);
  expect(first!.input).toMatchObject({ kind: 'text' });
  const { pieces } = first!.input as Extract<ExplainedInput, { kind: 'text' }>;
  expect(pieces.map((piece) => piece.text).join('')).toBe(text);
  expect(pieces.flatMap((piece) => (piece.part === null ? [] : [piece.text]))).toEqual([
    'n1',
    'coach',
    'goal',
    'awful',
  ]);

  const { topic, sentiment } = first!.tasks;
  expect(topic!.occlusion!.label).toBe('sports');
  expect(topOf(topic!.occlusion!.changes)).toBeGreaterThan(0);
  expect(topOf(topic!.occlusion!.changes)).toBeLessThan(3);
  expect(sentiment!.occlusion!.label).toBe('bad');
  expect(sentiment!.occlusion!.changes[3]).toBeGreaterThan(0);
  expect(sentiment!.occlusion!.changes[3]).toBeGreaterThan(sentiment!.occlusion!.changes[0]!);
  const [whole, without] = await model.predict([text, 'n1, goal (awful)']);
  const of = (one: typeof whole) => (one!.tasks.topic as Classification).probabilities.sports!;
  expect(topic!.occlusion!.score).toBeCloseTo(of(whole), 6);
  expect(topic!.occlusion!.changes[1]).toBeCloseTo(of(whole) - of(without), 5);

  const [empty] = await model.explain(['–']);
  expect(empty!.tasks.topic!.occlusion!.changes).toEqual([]);
});

describe('files', () => {
  beforeAll(async () => {
    mkdirSync(join(folder, 'files'));
    for (let at = 0; at < 48; at++) {
      // the lower right corner alone tells the class
      const pixels = Uint8Array.from(uniform(fold(key(1), at), 16 * 16 * 3), (value) => value * 60);
      for (let y = 12; y < 16; y++)
        for (let x = 12; x < 16; x++) pixels[(y * 16 + x) * 3 + (at % 2 === 0 ? 0 : 2)] = 250;
      writeFileSync(join(folder, 'files', `${at}.png`), await encodePng(hostTensor('uint8', [16, 16, 3], pixels)));
      // the last quarter alone tells the class
      const tone = Float32Array.from(normal(fold(key(2), at), 4800), (value, time) =>
        time < 3600 ? value * 0.01 : 0.3 * Math.sin(time * (at % 2 === 0 ? 0.1 : 0.6)) + value * 0.01,
      );
      writeFileSync(join(folder, 'files', `${at}.wav`), encodeWav({ sampleRate: 16000, channels: [tone] }));
    }
  });
  const rows = (ending: string) =>
    writeRows(
      join(folder, `${ending}.jsonl`),
      Array.from({ length: 48 }, (_, at) => ({
        file: `files/${at}.${ending}`,
        kind: at % 2 === 0 ? 'even' : 'odd',
        said: at % 2 === 0 ? 'no' : 'yes',
      })),
    );
  const train = { epochs: 12, batch: 8, optimizer: { type: 'adam', learningRate: 0.01 } };

  test('rectangles of an image get its mean colour: those that tell the class count', async () => {
    const encoder = { type: 'cnn', filters: [4, 8], units: 16, dropout: 0 };
    await withModel(
      {
        data: { source: rows('png') },
        inputs: { picture: { type: 'image', column: 'file', size: 16, encoder } },
        tasks: { kind: { type: 'classify', column: 'kind' } },
        train,
      } as never,
      async (model) => {
        const [first] = await model.explain(['0.png'], { folder: join(folder, 'files') });
        expect(first!.input).toMatchObject({ kind: 'image', rows: 8, columns: 8, height: 16, width: 16 });
        const { label, changes } = first!.tasks.kind!.occlusion!;
        expect([label, changes.length]).toEqual(['even', 64]);
        const top = topOf(changes);
        expect([Math.floor(top / 8), top % 8].every((at) => at >= 6)).toBe(true);
      },
    );
  });

  test('windows of a sound are replaced by its quietest, and transcripts have the posteriors of their frames', async () => {
    const encoder = { type: 'crnn', bands: 16, filters: [4], units: 8, layers: 1, width: 16, dropout: 0 };
    await withModel(
      {
        data: { source: rows('wav') },
        inputs: { sound: { type: 'speech', column: 'file', encoder } },
        tasks: { said: { type: 'transcribe', column: 'said' }, kind: { type: 'classify', column: 'kind' } },
        train,
      } as never,
      async (model) => {
        const [first] = await model.explain(['0.wav'], { folder: join(folder, 'files') });
        expect(first!.input).toMatchObject({ kind: 'sound', seconds: 0.3, windows: 24 });
        const { said, kind } = first!.tasks;
        expect(said!.occlusion).toBeUndefined();
        const { frames, characters, posteriors } = said!.spikes!;
        expect(characters[0]).toBe('');
        expect(posteriors.every((row) => row.length === frames)).toBe(true);
        expect(kind!.spikes).toBeUndefined();
        expect(topOf(kind!.occlusion!.changes.map(Math.abs))).toBeGreaterThanOrEqual(17);
      },
    );
  });
});

test('cells of a table are emptied, and numbers that are predicted are followed themselves', async () => {
  const source = writeRows(
    join(folder, 'cells.jsonl'),
    Array.from({ length: 60 }, (_, at) => ({ a: at % 7, b: at % 5, sum: 3 * (at % 7) })),
  );
  await withModel(
    {
      data: { source },
      inputs: { cells: { type: 'table', columns: ['a', 'b'], encoder: { type: 'mlp', hidden: [16] } } },
      tasks: { sum: { type: 'regress', column: 'sum' } },
      train: { epochs: 60, batch: 16, optimizer: { type: 'adam', learningRate: 0.02 } },
    } as never,
    async (model) => {
      const [first] = await model.explain([{ a: 6, b: 2 }]);
      expect(first!.input).toEqual({
        kind: 'table',
        cells: [
          { name: 'a', value: '6' },
          { name: 'b', value: '2' },
        ],
      });
      const { label, changes } = first!.tasks.sum!.occlusion!;
      expect(label).toBeNull();
      expect(changes[0]).toBeGreaterThan(2);
      expect(Math.abs(changes[1]!)).toBeLessThan(Math.abs(changes[0]!));
    },
  );
});

test('posteriors are the softmax of each frame that counts; characters that are nowhere probable are left out', () => {
  const logits = hostTensor('float32', [1, 3, 3], Float32Array.of(0, Math.log(3), -20, 0, 0, -20, 9, 9, 9));
  const lengths = hostTensor('int32', [1], [2]);
  expect(spikesOf({ logits, lengths }, { characters: ['a', 'b'] })).toEqual({
    frames: 2,
    characters: ['', 'a'],
    posteriors: [
      [0.25, 0.5],
      [0.75, 0.5],
    ],
  });
});
