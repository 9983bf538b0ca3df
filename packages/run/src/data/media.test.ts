import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fold, hostTensor, key, normal, uniform } from '@polytask/base';
import { encodePng, encodeWav } from '@polytask/data';
import type { Batch, LabelledBatch } from '@polytask/train';
import { beforeAll, describe, expect, test } from 'vitest';
import { defineRun } from '../config/define-run.ts';
import type { RunFile } from '../config/schema.ts';
import { prepare } from '../prepare.ts';
import { resumeRun } from '../resume-run.ts';
import { takeEpoch } from '../testing/take-batches.fixture.ts';
import { temporaryFolder, writeRows } from '../testing/tiny-run.fixture.ts';
import { trainRun } from '../train-run.ts';
import { checksumOf, mediaOf, sizeOf } from './media.ts';
import type { MediaInput } from './read-raw.ts';

const folder = temporaryFolder();
const count = 40;

beforeAll(async () => {
  for (const kind of ['image', 'sound']) mkdirSync(join(folder, kind));
  for (let at = 0; at < count; at++) {
    const pixels = Uint8Array.from(uniform(fold(key(1), at), 8 * 8 * 3), (value) => value * 255);
    writeFileSync(join(folder, 'image', `${at}.png`), await encodePng(hostTensor('uint8', [8, 8, 3], pixels)));
    const noise = Float32Array.from(normal(fold(key(2), at), 2400 + 160 * (at % 5)), (value) => 0.1 * value);
    writeFileSync(join(folder, 'sound', `${at}.wav`), encodeWav({ sampleRate: 16000, channels: [noise] }));
  }
});

const inputs = {
  image: {
    type: 'image',
    column: 'file',
    size: 8,
    encoder: { type: 'cnn', filters: [4], units: 8 },
    augment: [{ type: 'flip', probability: 0.5 }],
  },
  sound: {
    type: 'speech',
    column: 'file',
    encoder: { type: 'crnn', bands: 20, filters: [4], units: 8, width: 8, layers: 1 },
    augment: [{ type: 'specAugment' }],
  },
  'augmented sound': {
    type: 'speech',
    column: 'file',
    encoder: { type: 'crnn', bands: 20, filters: [4], units: 8, width: 8, layers: 1 },
    augment: [{ type: 'gain', decibels: [-3, 3], probability: 0.5 }],
  },
} as const;

const runOf = (kind: keyof typeof inputs, keepMegabytes?: number, at = folder) => {
  const [input, end] = kind === 'image' ? ['image', 'png'] : ['sound', 'wav'];
  const rows = Array.from({ length: count }, (_, row) => ({
    file: `${join(at, input!)}/${row}.${end}`,
    label: row % 2 ? 'odd' : 'even',
  }));
  return defineRun({
    version: 1,
    name: 'kept',
    seed: 3,
    data: { source: writeRows(join(folder, `${input}.jsonl`), rows) },
    split: { by: 'random', fractions: [0.6, 0.2, 0.2] },
    inputs: { it: { ...inputs[kind], ...(keepMegabytes !== undefined && { keepMegabytes }) } },
    tasks: { label: { type: 'classify', column: 'label' } },
    train: { epochs: 2, batch: 8, optimizer: { type: 'adam', learningRate: 0.01 } },
  } as unknown as RunFile);
};

/** The batches of two epochs and those of the validation part, twice. */
async function batchesOf(run: ReturnType<typeof runOf>): Promise<(Batch | LabelledBatch)[]> {
  const { batches, evaluation } = await prepare(run);
  const made: (Batch | LabelledBatch)[] = [...(await takeEpoch(batches)), ...(await takeEpoch(batches))];
  for (let time = 0; time < 2; time++) for await (const batch of evaluation('validation')) made.push(batch);
  expect(made.length).toBeGreaterThan(6);
  return made;
}

describe.each(['image', 'sound', 'augmented sound'] as const)('batches of one %s each', (kind) => {
  // none, a few of them, more
  test.each([0, 0.004, 0.1])('are the same to the byte with %d MB for them', async (megabytes) => {
    expect(await batchesOf(runOf(kind, megabytes))).toEqual(await batchesOf(runOf(kind)));
  });
});

test('training that keeps nothing ends with the same scores when it was interrupted and resumed', async () => {
  const out = join(folder, 'runs');
  const whole = await trainRun(runOf('image'), { out });
  const controller = new AbortController();
  const { folder: cut } = await trainRun(runOf('image', 0), {
    out,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === 4) controller.abort();
    },
  });
  expect((await resumeRun(cut)).test).toEqual(whole.test);
});

test('files that change or vanish while a run uses them are an error with their row', async () => {
  const own = temporaryFolder();
  mkdirSync(join(own, 'image'));
  const image = (seed: number) =>
    encodePng(
      hostTensor(
        'uint8',
        [8, 8, 3],
        Uint8Array.from(uniform(key(seed), 192), (value) => value * 255),
      ),
    );
  for (let at = 0; at < count; at++) writeFileSync(join(own, 'image', `${at}.png`), await image(at));
  const { batches, examplesOf } = await prepare(runOf('image', 0, own));
  const { inputs: named, row } = examplesOf('train')[5]!;
  const epoch = () => takeEpoch(batches);
  await epoch();
  const error = async () => {
    const caught = await epoch().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    return caught as { kind: string; problems: unknown[] };
  };

  writeFileSync(named.it!, await image(1000));
  expect(await error()).toMatchObject({
    kind: 'data',
    problems: [
      {
        code: 'E2169',
        row,
        path: 'file',
        file: expect.stringContaining('image.jsonl'),
        message: `"${named.it}": The file has changed since the run began.`,
      },
    ],
  });

  rmSync(named.it!);
  expect(await error()).toMatchObject({
    problems: [
      { code: 'E2169', row, message: expect.stringMatching(/No such file\. It could be read when the run began\.$/) },
    ],
  });
});

test('the first that fit stay, and what is dropped leaves room', async () => {
  const bytes = new Uint8Array(await encodePng(hostTensor('uint8', [8, 8, 3], new Uint8Array(192).fill(9))));
  writeFileSync(join(folder, 'nine.png'), bytes);
  const media = mediaOf({ ...runOf('image').config.inputs.it, keepMegabytes: 0.0005 } as MediaInput);
  const raw = (id: string) => hostTensor('uint8', [8, 8, 3], new Uint8Array(192).fill(id.charCodeAt(0)));
  for (const [row, id] of ['a', 'b', 'c'].entries())
    media.add(id, raw(id), { table: join(folder, 'rows.csv'), value: 'nine.png', row, checksum: checksumOf(bytes) });
  expect(sizeOf(raw('a'))).toBe(192 + 3 * 8 + 2 * 'uint8'.length);
  const firstOf = async (id: string) => ((await media.read(id)) as { data: Uint8Array }).data[0];
  expect([await firstOf('a'), await firstOf('b'), await firstOf('c')]).toEqual([97, 98, 9]);
  expect(media.room().take(100)).toBe(false);

  media.drop('a');
  const room = media.room();
  expect([room.take(200), room.take(100), await firstOf('a'), await firstOf('b')]).toEqual([true, false, 9, 98]);
});
