import { join } from 'node:path';
import { hostTensor, key, leaves } from '@polytask/base';
import { tokenizerJson } from '@polytask/data';
import { type BertSizes, bert, bertDepth, readBertFolder, saveBertFolder } from '@polytask/encoders';
import { compile, openDevice } from '@polytask/engine';
import { inference } from '@polytask/train';
import type * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import type { RunFile } from './config/schema.ts';
import { exportEncoder } from './export-encoder.ts';
import { openModel } from './open-model.ts';
import { prepare } from './prepare.ts';
import { optimizerFor } from './registry.ts';
import { resumeRun } from './resume-run.ts';
import { openSession } from './session.ts';
import { makeParts, modelOf } from './specs.ts';
import { contents, failure, temporaryFolder, tinyRun } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const folder = temporaryFolder();
const pretrained = join(folder, 'bert');
const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'goal', 'team', 'match', 'bank', 'stock', 'great', 'sad'];
const sizes: BertSizes = {
  tokens: words.length,
  positions: 16,
  segments: 2,
  width: 8,
  layers: 3,
  heads: 2,
  hidden: 16,
  activation: 'gelu',
  epsilon: 1e-12,
};
beforeAll(async () => {
  const { params } = bert({ ...sizes, pooling: 'pooler', dropout: 0 }).pooled.init(key(5), [16]);
  await saveBertFolder(pretrained, { sizes, params, tokenizer: tokenizerJson(words) });
});

const runWith = (encoder: object, train: RunFile['train'], changes: Partial<RunFile> = {}) =>
  tinyRun(folder, {
    inputs: { text: { type: 'text', column: 'text', encoder: { type: 'bert', folder: pretrained, ...encoder } } },
    train: { batch: 16, ...train },
    ...changes,
  });

/** The parameters before, and after each step, by path. */
async function valuesOf(encoder: object, train: RunFile['train'], changes?: Partial<RunFile>) {
  const prepared = await prepare(runWith(encoder, train, changes));
  await using session = openSession(prepared, await openDevice('onnx', { threads: 1 }));
  const values: Map<string, string>[] = [];
  const keep = (weights: ReadonlyMap<string, { data: ArrayLike<number> }>) =>
    values.push(new Map([...weights].map(([path, { data }]) => [path, String(Array.from(data))])));
  keep(new Map(leaves(prepared.model.init(key(0)) as never)) as never);
  for await (const event of session.events({})) if (event.type === 'step') keep(await session.weights(event.state));
  return { values, stepsPerEpoch: session.stepsPerEpoch };
}

/** How deep the parameters stand that differ: 4 for heads and pooler. */
const moved = (before: Map<string, string>, after: Map<string, string>) =>
  [
    ...new Set([...after].flatMap(([path, value]) => (before.get(path) === value ? [] : [bertDepth(path) ?? 4]))),
  ].sort();

test('the recipe of pooled output, dropout, a dense layer and two heads stands in a run file', async () => {
  const run = runWith(
    { pooling: 'pooler', outputDropout: 0.3 },
    { epochs: 1, batch: 32, optimizer: { type: 'adam', learningRate: 1e-4 }, schedule: { type: 'constant' } },
    { sharing: { type: 'hard', hidden: [128] } },
  );
  const { model, specs } = await prepare(run);
  expect(specs.encoder).toMatchObject({ pooling: 'pooler', outputDropout: 0.3, layers: 3 });
  const shapes = Object.fromEntries(
    leaves<{ shape: number[] }>(model.init(key(1)) as never).map(([path, { shape }]) => [path, shape]),
  );
  expect(shapes).toMatchObject({
    'encoder.pooler.weight': [8, 8],
    'sharing.tower.dense0.weight': [8, 128],
    'heads.topic.logits.weight': [128, 2],
    'heads.sentiment.logits.weight': [128, 2],
  });
  const { test: scores } = await trainRun(run, { out: join(folder, 'runs') });
  expect(scores!.topic!.labels).toBeGreaterThan(0);
});

test('freeze keeps the embeddings and the first blocks bit by bit, weight decay or not', async () => {
  const { values } = await valuesOf(
    { freeze: 1 },
    { steps: 3, optimizer: { type: 'adamw', learningRate: 0.01, weightDecay: 0.1 } },
  );
  expect(moved(values[1]!, values.at(-1)!)).toEqual([2, 3, 4]);
});

test('lora trains its changes and the heads alone', async () => {
  const { values } = await valuesOf({ lora: { rank: 2, dropout: 0.1 } }, { steps: 3 });
  const paths = [...values[3]!].flatMap(([path, value]) => (values[1]!.get(path) === value ? [] : [path]));
  expect(paths.filter((path) => path.startsWith('encoder.') && !/attention\.(query|value)\.[ab]$/.test(path))).toEqual(
    [],
  );
  expect(paths).toContain('encoder.blocks.0.attention.query.a');
  expect(paths.some((path) => path.startsWith('heads.'))).toBe(true);
});

test('a trained encoder is exported as a folder, low-rank changes merged, that gives the same predictions', async () => {
  const run = runWith(
    { lora: { rank: 2, alpha: 8 }, pooling: 'mean', dropout: 0 },
    { steps: 10, optimizer: { type: 'adam', learningRate: 0.05 } },
  );
  const trained = await trainRun(run, { out: join(folder, 'lora') });
  const out = join(folder, 'merged');
  await exportEncoder(trained.folder, { out });
  const merged = await readBertFolder(out);
  expect(merged.left).toEqual([]);
  const before = await readBertFolder(pretrained);
  const query = ({ params }: typeof merged) => params.blocks[0]!.attention.query.weight.data;
  expect(query(merged)).not.toEqual(query(before));
  expect(merged.params.blocks[0]!.attention.key).toEqual(before.params.blocks[0]!.attention.key);

  // the same heads on the exported encoder
  const { specs, params } = await openModel(trained.folder);
  const plain = modelOf(await makeParts(runWith({ pooling: 'mean' }, { steps: 1 }), true), {
    ...specs,
    encoder: { ...(specs.encoder as object), lora: null },
  });
  const inputs = { ids: hostTensor('int32', [1, 4], [2, 5, 10, 3]), lengths: hostTensor('int32', [1], [4]) };
  const logits = async (model: typeof plain, own: unknown) => {
    await using programs = inference(model, await openDevice('onnx', { threads: 1 }));
    const { outputs } = await programs.predict.run(own, inputs);
    return [...(outputs.topic as unknown as { data: Float32Array }).data];
  };
  const { model } = await openModel(trained.folder);
  const [own, exported] = [
    await logits(model, params),
    await logits(plain, { ...(params as object), encoder: merged.params }),
  ];
  own.forEach((value, at) => {
    expect(Math.abs(value - exported[at]!)).toBeLessThan(1e-5);
  });
  expect((await failure(() => exportEncoder(trained.folder, { out }))).code).toBe('E1221');
});

test('unfreeze wakes heads, then block after block from the top, the embeddings last', async () => {
  const { values } = await valuesOf({}, { steps: 5, unfreeze: { every: 1 }, schedule: { type: 'constant' } });
  const perStep = values.slice(2).map((after, at) => moved(values[at + 1]!, after));
  expect(perStep).toEqual([
    [3, 4],
    [2, 3, 4],
    [1, 2, 3, 4],
    [0, 1, 2, 3, 4],
  ]);
});

test('unfreeze counts epochs, and several blocks at once', async () => {
  const { values, stepsPerEpoch } = await valuesOf({}, { epochs: 3, unfreeze: { every: 'epoch', blocks: 2 } });
  const at = (epoch: number) => values[epoch * stepsPerEpoch]!;
  const first = values[1]!;
  expect(moved(first, at(1))).toEqual([4]);
  expect(moved(at(1), at(2))).toEqual([2, 3, 4]);
  expect(moved(at(2), at(3))).toEqual([0, 1, 2, 3, 4]);
});

test('layerDecay multiplies the learning rate once per layer from the top', async () => {
  const train = { optimizer: { type: 'sgd', learningRate: 1, layerDecay: 0.5 } } as const;
  const optimizer = optimizerFor(train as never, { blocks: 2, stepsPerEpoch: 1 });
  const factors = {
    'heads.topic.weight': -1,
    'encoder.pooler.weight': -1,
    'encoder.blocks.1.inner.weight': -0.5,
    'encoder.blocks.0.inner.weight': -0.25,
    'encoder.tokens.table': -0.125,
  };
  await using program = compile(
    (one: tf.Tensor) => {
      const same = Object.fromEntries(Object.keys(factors).map((path) => [path, one]));
      const { updates } = optimizer.update(same, {}, { params: same, learningRate: one });
      return { updates: Object.values(updates) };
    },
    { device: await openDevice('onnx', { threads: 1 }) },
  );
  const { updates } = await program.run(hostTensor('float32', [], [1]) as never);
  expect(updates.map(({ data }) => data[0])).toEqual(Object.values(factors));
});

test('a run that unfreezes goes on after an interruption as it would have without', async () => {
  const run = runWith(
    { dropout: 0.1 },
    { epochs: 4, unfreeze: { every: 'epoch' }, optimizer: { type: 'adamw', learningRate: 0.01, layerDecay: 0.8 } },
  );
  const whole = await trainRun(run, { out: join(folder, 'whole') });
  const controller = new AbortController();
  const { folder: cut } = await trainRun(run, {
    out: join(folder, 'cut'),
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === 4) controller.abort();
    },
  });
  await resumeRun(cut);
  expect(contents(join(cut, 'best'))['weights.safetensors']).toEqual(
    contents(join(whole.folder, 'best'))['weights.safetensors'],
  );
});

test('what does not fit is said: more frozen blocks than there are, and layers of encoders that have none', async () => {
  const { problems } = await failure(() => prepare(runWith({ freeze: 4 }, { steps: 1 })));
  expect(problems[0]).toMatchObject({
    code: 'E1205',
    path: 'inputs.text.encoder',
    message: 'freeze: expected an integer from 0 to 3. Found 4.',
  });
  const wrong = await failure(async () =>
    tinyRun(folder, { train: { steps: 1, unfreeze: {}, optimizer: { type: 'adam', layerDecay: 0.9 } } }),
  );
  expect(wrong.problems.map(({ code, path }) => [code, path])).toEqual([
    ['E1209', 'train.optimizer.layerDecay'],
    ['E1209', 'train.unfreeze'],
  ]);
});
