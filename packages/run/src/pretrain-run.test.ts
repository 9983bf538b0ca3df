import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { key } from '@polytask/base';
import { readBertFolder } from '@polytask/encoders';
import { expect, test } from 'vitest';
import type { Run } from './config/run.ts';
import type { RunFile } from './config/schema.ts';
import { initParams } from './init-params.ts';
import { prepare } from './prepare.ts';
import { pretrainRun } from './pretrain-run.ts';
import { contents, failure, temporaryFolder, tinyRows, tinyRun } from './testing/tiny-run.fixture.ts';

const folder = temporaryFolder();
const encoder = { type: 'bert', layers: 1, width: 16, heads: 2, vocabulary: 120, maxLength: 16 } as const;
/** The same parts whatever stands in the texts. */
const split = {
  by: 'stratified',
  fractions: [0.8, 0.1, 0.1] as [number, number, number],
  nearDuplicates: 'ignore',
} as const;

const runOf = (rows: readonly unknown[], pretrain: RunFile['pretrain'] = {}, more: object = {}): Run =>
  tinyRun(
    folder,
    {
      inputs: { text: { type: 'text', column: 'text', encoder: { ...encoder, ...more } } },
      split,
      pretrain: { steps: 3, batch: 16, ...pretrain },
    },
    rows,
  );

test('a pretrained encoder guesses held-out tokens better than before, and a run starts from it', async () => {
  const out = join(folder, 'learned');
  const events: string[] = [];
  const run = runOf(tinyRows(), { steps: 60, learningRate: 0.02, evaluate: 20, heldOut: 0.2 });
  const { before, after, ...made } = await pretrainRun(run, { out, onEvent: ({ type }) => events.push(type) });
  expect(made).toMatchObject({ reason: 'finished', steps: 60, texts: { training: 38, heldOut: 10 } });
  expect(before.tokens).toBe(after.tokens);
  expect(before.perplexity).toBeCloseTo(Math.exp(before.loss), 6);
  expect(Math.abs(before.loss - Math.log(made.vocabulary))).toBeLessThan(0.5); // as good as chance
  expect(after.loss).toBeLessThan(before.loss - 1);
  expect(before.halves!.count).toBe(14); // of the ten texts three have no word that begins in the middle third
  expect(after.halves!.count).toBe(14);
  expect(events.filter((type) => type === 'evaluation')).toHaveLength(4);
  expect(events.filter((type) => type === 'step')).toHaveLength(60);
  expect(readdirSync(out).sort()).toEqual([
    'config.json',
    'model.safetensors',
    'pretraining-texts.txt',
    'pretraining.json',
    'tokenizer.json',
    'vocab.txt',
  ]);
  expect(JSON.parse(readFileSync(join(out, 'pretraining.json'), 'utf8'))).toMatchObject({
    steps: 60,
    after,
    rate: 0.15,
  });

  const read = await readBertFolder(out);
  expect(read.sizes).toMatchObject({ layers: 1, width: 16, positions: 16, tokens: made.vocabulary });
  const { model, specs } = await prepare(runOf(tinyRows(), {}, { folder: out }));
  expect((initParams(model, key(1)) as { encoder: unknown }).encoder).toEqual(read.params);
  expect((specs.encoder as { tokenizer: unknown }).tokenizer).toEqual(read.tokenizer);

  // going on begins where it stopped: the same tokens of the same texts are hidden from it
  const further = await pretrainRun(runOf(tinyRows(), { heldOut: 0.2 }, { folder: out }), {
    out: join(folder, 'further'),
  });
  expect(further.before.loss).toBeCloseTo(after.loss, 5);
});

test('halves of texts are matched or not, as weighed', async () => {
  const words = ['goal', 'bank', 'song', 'vote', 'rain', 'ship', 'king', 'moon'];
  const rows = tinyRows().map((row, at) => ({
    ...row,
    text: Array(8)
      .fill(words[at % words.length])
      .join(' '),
  }));
  const learned = async (name: string, halves: NonNullable<RunFile['pretrain']>['halves']) => {
    const losses: (number | null | undefined)[] = [];
    const made = await pretrainRun(runOf(rows, { steps: 40, learningRate: 0.005, heldOut: 0.2, halves }), {
      out: join(folder, name),
      onEvent: (event) => {
        if (event.type === 'step') losses.push(event.halves);
      },
    });
    return { ...made, losses };
  };
  const without = await learned('no halves', false);
  expect(without.after.halves).toBeUndefined();
  expect(without.losses.every((loss) => loss === undefined)).toBe(true);
  const little = await learned('little', { weight: 1e-6 });
  expect(little.losses.every((loss) => loss! > 0)).toBe(true);
  // by a weight of next to nothing the tokens learn as without
  expect(little.after.loss).toBeCloseTo(without.after.loss, 2);
  const much = await learned('much', { weight: 10 });
  expect(much.after.halves!.accuracy).toBeGreaterThan(little.after.halves!.accuracy);
  expect(much.after.halves!.loss).toBeLessThan(little.after.halves!.loss - 0.3);
});

test('texts of the validation and test parts have no part in it', async () => {
  const { split: parts, data } = await prepare(runOf(tinyRows()));
  const others = new Set([...parts.validation, ...parts.test].map((index) => data.examples[index]!.id));
  expect(others.size).toBeGreaterThan(5);
  const changed = tinyRows().map((row, at) =>
    others.has(row.id as string) ? { ...row, text: `zebra quagga ${at}` } : row,
  );
  const again = await prepare(runOf(changed));
  expect([...again.split.train]).toEqual([...parts.train]);
  const pretrained = async (rows: readonly unknown[], name: string) => {
    const out = join(folder, name);
    await pretrainRun(runOf(rows), { out });
    const { 'pretraining.json': _, ...files } = contents(out);
    return files;
  };
  const whole = await pretrained(tinyRows(), 'one');
  expect(await pretrained(changed, 'other')).toEqual(whole);
  // while another training text changes what comes out
  const training = data.examples[parts.train[0]!]!.id;
  const own = tinyRows().map((row) => (row.id === training ? { ...row, text: 'zebra quagga zebra quagga' } : row));
  expect((await pretrained(own, 'third'))['model.safetensors']).not.toEqual(whole['model.safetensors']);
});

test('a run that judges on texts that its encoder was pretrained on says so', async () => {
  const out = join(folder, 'seen');
  await pretrainRun(runOf(tinyRows()), { out });
  const notesWith = async (seed: number) => {
    const { notes } = await prepare(
      tinyRun(folder, {
        seed,
        split,
        inputs: { text: { type: 'text', column: 'text', encoder: { ...encoder, folder: out } } },
      }),
    );
    return notes.filter(({ code }) => code === 'E1222');
  };
  expect(await notesWith(7)).toEqual([]);
  expect(await notesWith(8)).toMatchObject([
    { path: 'inputs.text.encoder.folder', message: expect.stringMatching(/on \d of 6 texts of the validation part/) },
    { message: expect.stringMatching(/of the test part/) },
  ]);
});

test('texts without any label are learned from', async () => {
  const unlabelled = tinyRows().map((row, at) => (at < 40 ? row : { ...row, topic: null, sentiment: null }));
  const { texts } = await pretrainRun(runOf(unlabelled), { out: join(folder, 'unlabelled') });
  const { split } = await prepare(runOf(unlabelled));
  expect(texts.training + texts.heldOut).toBe(split.train.length);
});

test('what an interrupted pretraining has learned is written', async () => {
  const controller = new AbortController();
  const out = join(folder, 'interrupted');
  const { reason, steps } = await pretrainRun(runOf(tinyRows(), { steps: 50 }), {
    out,
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === 2) controller.abort();
    },
  });
  expect([reason, steps]).toEqual(['interrupted', 2]);
  expect((await readBertFolder(out)).head).toBeDefined();
});

test('only BERT encoders are pretrained, into a folder of their own', async () => {
  expect(await failure(() => pretrainRun(tinyRun(folder), { out: join(folder, 'none') }))).toMatchObject({
    code: 'E1220',
    kind: 'usage',
  });
  const { problems } = await failure(() => pretrainRun(runOf(tinyRows()), { out: folder }));
  expect(problems[0]).toMatchObject({ code: 'E1221', file: folder });
});
