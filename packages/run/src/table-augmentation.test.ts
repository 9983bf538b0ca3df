import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensor } from '@polytask/base';
import { describe, expect, it } from 'vitest';
import { defineRun } from './config/define-run.ts';
import type { Run } from './config/run.ts';
import type { RunFile } from './config/schema.ts';
import { prepare } from './prepare.ts';
import { previewRun } from './preview-run.ts';
import { resumeRun } from './resume-run.ts';
import { takeEpoch } from './testing/take-batches.fixture.ts';
import { contents, failure, temporaryFolder } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

/** 60 rows of a CSV file, whose numbers are texts; every fifth has no size, every third no price. */
function rows(): string {
  const lines = Array.from({ length: 60 }, (_, at) => {
    const size = at % 5 === 4 ? 'NA' : `${100 + 10 * (at % 7)}`;
    return `r${at},${size},${at % 2},${['red', 'blue'][at % 2]},${at % 3 === 0 ? '' : at * 1.5},${at % 2 ? 'yes' : 'no'}`;
  });
  return ['id,size,rooms,colour,price,sold', ...lines].join('\n');
}

type Input = Extract<RunFile['inputs'][string], { type: 'table' }>;

function run(folder: string, input: Partial<Input>, changes: Partial<RunFile> = {}): Run {
  const source = join(folder, 'rows.csv');
  writeFileSync(source, rows());
  return defineRun({
    version: 1,
    name: 'rows',
    seed: 7,
    data: { source, id: 'id' },
    split: { by: 'random', fractions: [0.7, 0.3, 0] },
    inputs: {
      row: {
        type: 'table',
        columns: ['size', 'rooms', 'colour'],
        encoder: { type: 'mlp', hidden: [8], dropout: 0.1 },
        ...input,
      },
    },
    tasks: { sold: { type: 'classify', column: 'sold' }, price: { type: 'regress', column: 'price' } },
    train: { epochs: 3, batch: 8, checkpoint: { every: 4, keep: 2 }, evaluate: 5 },
    device: 'onnx',
    threads: 1,
    ...changes,
  });
}

/** The features of an epoch by row: size, whether it is missing, rooms, two colours. */
async function features(made: Run, epoch = 0): Promise<number[][]> {
  const { batches } = await prepare(made);
  for (let at = 0; at < epoch; at++) await takeEpoch(batches);
  return (await takeEpoch(batches)).flatMap(({ inputs, size }) => {
    const { shape, data } = (inputs as { features: HostTensor }).features;
    return Array.from({ length: size }, (_, row) =>
      [...data.subarray(row * shape[1]!, (row + 1) * shape[1]!)].map(Number),
    );
  });
}

describe('inputs.row.augment', () => {
  const noise = (more: object = {}): Partial<Input> => ({ augment: [{ type: 'columnNoise', scale: 0.5, ...more }] });

  it('adds noise to the numbers of training rows, in shares of their deviation, and leaves missing ones and categories', async () => {
    const folder = temporaryFolder();
    const [plain, noisy] = [await features(run(folder, {})), await features(run(folder, noise()))];
    expect(noisy.map((row) => row.slice(-2))).toEqual(plain.map((row) => row.slice(-2)));
    expect(noisy.map(([, missing]) => missing)).toEqual(plain.map(([, missing]) => missing));
    const present = plain.flatMap(([, missing], at) => (missing === 0 ? [at] : []));
    expect(present.length).toBeGreaterThan(20);
    expect(present.length).toBeLessThan(plain.length);
    const absent = plain.flatMap(([, missing], at) => (missing === 1 ? [at] : []));
    expect(absent.map((at) => noisy[at]![0])).toEqual(absent.map((at) => plain[at]![0]));
    const changes = present.map((at) => noisy[at]![0]! - plain[at]![0]!);
    expect(new Set(changes).size).toBe(present.length);
    // the features are standard scores, but for the median in missing cells
    const deviation = Math.sqrt(changes.reduce((sum, change) => sum + change ** 2, 0) / changes.length);
    expect(deviation).toBeGreaterThan(0.35);
    expect(deviation).toBeLessThan(0.65);
  });

  it('changes the named columns alone, other rows in every epoch, and nothing with a scale of 0', async () => {
    const folder = temporaryFolder();
    const plain = await features(run(folder, {}));
    const sizes = await features(run(folder, noise({ columns: ['size'] })));
    expect(sizes.map((row) => row.slice(2))).toEqual(plain.map((row) => row.slice(2)));
    expect(sizes).not.toEqual(plain);
    expect(await features(run(folder, noise({ columns: ['size'] })))).toEqual(sizes);
    const later = await features(run(folder, noise({ columns: ['size'] })), 1);
    const shared = later.filter(([size]) => sizes.some(([other]) => other === size));
    expect(shared.every(([, missing]) => missing === 1)).toBe(true);
    expect(await features(run(folder, noise({ scale: 0 })))).toEqual(plain);
  });

  it('leaves validation rows as they are', async () => {
    const judged = async (input: Partial<Input>) => {
      const batches = (await prepare(run(temporaryFolder(), input))).evaluation('validation');
      const found: unknown[] = [];
      for await (const { inputs } of batches) found.push(inputs);
      return found;
    };
    expect(await judged(noise())).toEqual(await judged({}));
  });

  it('is shown by previews as the cells of rows', async () => {
    const { augmented } = await previewRun(run(temporaryFolder(), noise()), { rows: 4 });
    const [{ original, augmented: made }] = augmented as [(typeof augmented)[number]];
    expect(original).toMatchObject({
      kind: 'text',
      text: expect.stringMatching(/^size: \d+\nrooms: \d\ncolour: \w+$/),
    });
    expect(made[0]).toMatchObject({
      name: 'columnNoise',
      shown: { kind: 'text', text: expect.stringContaining('size: ') },
    });
  });

  it('is refused for columns that there are not, and for those of texts', async () => {
    const folder = temporaryFolder();
    const unknown = await failure(() => run(folder, noise({ columns: ['sise'] })));
    expect(unknown.problems.map(({ code, path, fix }) => [code, path, fix])).toEqual([
      ['E1209', 'inputs.row.augment.0.columns.0', expect.stringContaining('"size"')],
    ]);
    const texts = await failure(() => prepare(run(folder, noise({ columns: ['colour'] }))));
    expect([texts.code, texts.problems[0]!.path]).toEqual(['E1214', 'inputs.row.augment.0.columns']);
    const none = await failure(() => prepare(run(folder, { ...noise(), columns: ['colour', 'id'] })));
    expect([none.code, none.problems[0]!.path]).toEqual(['E1214', 'inputs.row.augment.0']);
  });

  type Changed = { original: { text: string }; augmented: { shown: { text: string } }[] };
  it('leaves codes alone, and is refused for them', async () => {
    const folder = temporaryFolder();
    const coded = (codes: string[], columns?: string[]) =>
      ({ ...noise(columns && { columns }), encoder: { type: 'mlp', codes } }) as const;
    const codes = await failure(() => prepare(run(folder, coded(['rooms'], ['rooms']))));
    expect([codes.code, codes.message]).toEqual(['E1214', expect.stringContaining('"rooms" holds codes')]);
    const { augmented } = await previewRun(run(folder, coded(['rooms'])), { rows: 4 });
    for (const { original, augmented: made } of augmented as never as Changed[])
      expect(/rooms: (\S+)/.exec(made[0]!.shown.text)![1]).toBe(/rooms: (\S+)/.exec(original.text)![1]);
    const unknown = await failure(() => run(folder, { encoder: { type: 'mlp', codes: ['room'] } }));
    expect(unknown.problems.map(({ code, path, fix }) => [code, path, fix])).toEqual([
      ['E1209', 'inputs.row.encoder.codes.0', expect.stringContaining('"rooms"')],
    ]);
  });
});

describe('inputs.row.mix', () => {
  it('mixes the features and the labels of rows that have labels of the same tasks', async () => {
    const folder = temporaryFolder();
    const mixup = { mix: { type: 'mixup', alpha: 1 } } as const;
    const [plain, mixed] = [await features(run(folder, {})), await features(run(folder, mixup))];
    expect(mixed).not.toEqual(plain);
    const between = (value: number) => value > 0.01 && value < 0.99;
    expect(plain.flatMap((row) => row.slice(-2)).some(between)).toBe(false);
    expect(mixed.flatMap((row) => row.slice(-2)).some(between)).toBe(true);
    const { batches } = await prepare(run(folder, mixup));
    const targets = (await takeEpoch(batches)).map(
      (batch) => batch.targets as Record<string, Record<string, HostTensor>>,
    );
    expect(targets.flatMap(({ sold }) => [...sold!.shares!.data].map(Number)).some(between)).toBe(true);
    expect(targets.flatMap(({ price }) => [...price!.values!.data].map(Number)).every(Number.isFinite)).toBe(true);
  });

  it('may be named alone', () => {
    const { config } = run(temporaryFolder(), { mix: 'mixup' as never });
    expect(config.inputs.row!).toMatchObject({ mix: { type: 'mixup', probability: 1, unsafeFor: [] } });
  });

  it('refuses what is for images', async () => {
    const { problems } = await failure(() => run(temporaryFolder(), { mix: { type: 'cutmix' } as never }));
    expect(problems.map(({ code, path }) => [code, path])).toEqual([['E1206', 'inputs.row.mix.type']]);
  });
});

it('rows with noise that are mixed end with the same bytes when training was interrupted within an epoch and resumed', async () => {
  const folder = temporaryFolder();
  const made = () => run(folder, { augment: [{ type: 'columnNoise', probability: 0.7 }], mix: { type: 'mixup' } });
  const results = (at: string, steps: number) => ({
    final: contents(join(at, 'checkpoints', `ckpt-${steps}`)),
    best: contents(join(at, 'best')),
    metrics: readFileSync(join(at, 'metrics.ndjson'), 'utf8'),
  });
  const whole = await trainRun(made(), { out: join(folder, 'runs') });
  const plain = await trainRun(run(folder, {}), { out: join(folder, 'plain') });
  expect(results(plain.folder, plain.steps).final).not.toEqual(results(whole.folder, whole.steps).final);
  const controller = new AbortController();
  const { folder: stopped } = await trainRun(made(), {
    out: join(folder, 'runs'),
    signal: controller.signal,
    onEvent: (event) => {
      if (event.type === 'step' && event.step === 8) controller.abort();
    },
  });
  expect(whole.steps / 3).toBeLessThan(8);
  expect(8 % (whole.steps / 3)).not.toBe(0);
  expect((await resumeRun(stopped)).reason).toBe('finished');
  expect(results(stopped, whole.steps)).toEqual(results(whole.folder, whole.steps));
});
