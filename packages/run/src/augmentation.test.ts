import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensor } from '@polytask/base';
import type { LabelledBatch } from '@polytask/train';
import { describe, expect, it } from 'vitest';
import { defineRun } from './config/define-run.ts';
import type { NamedAugmentation } from './config/run.ts';
import type { RunFile } from './config/schema.ts';
import { prepare } from './prepare.ts';
import { resumeRun } from './resume-run.ts';
import { compareSingleTask } from './single-task.ts';
import { takeEpoch } from './testing/take-batches.fixture.ts';
import {
  contents,
  failure,
  temporaryFolder,
  tinyFile,
  tinyRows,
  tinyRun,
  writeRows,
} from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

type Augment = NonNullable<Extract<RunFile['inputs'][string], { type: 'text' }>['augment']>;

const inputs = (augment: unknown): RunFile['inputs'] => ({
  text: {
    type: 'text',
    column: 'text',
    encoder: { type: 'ngrams', buckets: 256, width: 8, dropout: 0 },
    ...(augment !== undefined && { augment: augment as Augment }),
  },
});
const train = {
  epochs: 3,
  batch: 8,
  optimizer: { learningRate: 0.05 },
  checkpoint: { every: 4, keep: 2 },
  evaluate: 5,
} as const;
const all: Augment = [
  { type: 'tokenDropout', probability: 0.5, rate: 0.3 },
  { type: 'tokenSwap', rate: 0.3, distance: 2 },
  { type: 'tokenMask', rate: 0.2, mask: '_' },
  { type: 'typoNoise', rate: 0.1, unsafeFor: ['topic'] },
];

/** The ids of the batches of two epochs, as text. */
async function epochs(augment: unknown, seed = 7): Promise<{ first: string[]; second: string[]; width: number }> {
  const { batches, buckets } = await prepare(tinyRun(temporaryFolder(), { inputs: inputs(augment), train, seed }));
  const epoch = async () =>
    (await takeEpoch(batches)).map(({ inputs }) => {
      const { ids, lengths } = inputs as Record<string, HostTensor>;
      const width = ids!.shape[1]!;
      return Array.from(lengths!.data, (length, row) =>
        [...ids!.data.slice(row * width, row * width + length)].join(','),
      );
    });
  const texts = async () =>
    (await epoch())
      .flat()
      .filter((ids) => ids !== '')
      .sort(); // without padding
  return { first: await texts(), second: await texts(), width: buckets.at(-1)! };
}

const equalTo = (one: readonly string[], other: readonly string[]) => one.filter((text) => other.includes(text)).length;

describe('inputs.text.augment', () => {
  it('changes training texts, in every epoch and with every seed in other ways, and for the same seed in the same way', async () => {
    const plain = await epochs(undefined);
    expect(plain.second).toEqual(plain.first);
    const one = await epochs([{ type: 'tokenDropout', rate: 0.5 }]);
    expect(equalTo(one.first, plain.first)).toBeLessThan(one.first.length / 2);
    expect(equalTo(one.first, one.second)).toBeLessThan(one.first.length / 2);
    expect(await epochs([{ type: 'tokenDropout', rate: 0.5 }])).toEqual(one);
    expect((await epochs([{ type: 'tokenDropout', rate: 0.5 }], 8)).first).not.toEqual(one.first);
  });

  it('changes nothing with an empty list or with a probability of 0', async () => {
    const plain = await epochs(undefined);
    expect(await epochs([])).toEqual(plain);
    expect(await epochs([{ type: 'typoNoise', rate: 1, probability: 0 }])).toEqual(plain);
  });

  it('leaves examples alone that have a label of a task it is unsafe for', async () => {
    const changed = (unsafeFor: string[]) => epochs([{ type: 'tokenMask', rate: 1, mask: 'x', unsafeFor }]);
    const plain = await epochs(undefined);
    const [none, sentiment] = [await changed([]), await changed(['sentiment'])];
    expect(equalTo(none.first, plain.first)).toBe(0);
    const { split, data } = await prepare(tinyRun(temporaryFolder(), { inputs: inputs(undefined), train }));
    const training = Array.from(split.train, (at) => data.examples[at]!.labels);
    const judged = training.filter(({ sentiment: label }) => label !== null).length;
    expect(judged).toBeGreaterThan(0);
    expect(equalTo(sentiment.first, plain.first)).toBe(judged);
    expect(training.some(({ topic, sentiment: label }) => topic !== null && label === null)).toBe(true);
    expect(judged).toBeLessThan(sentiment.first.length);
  });

  it('leaves validation and test texts as they are', async () => {
    const judged = async (augment: unknown) => {
      const prepared = await prepare(tinyRun(temporaryFolder(), { inputs: inputs(augment), train }));
      const batches: LabelledBatch[] = [];
      for (const part of ['validation', 'test'] as const)
        for await (const batch of prepared.evaluation(part)) batches.push(batch);
      expect(batches.length).toBeGreaterThan(1);
      return batches;
    };
    expect(await judged([{ type: 'tokenMask', rate: 1 }])).toEqual(await judged(undefined));
  });

  it('ends with the same bytes when training was interrupted within an epoch and resumed', async () => {
    const folder = temporaryFolder();
    const run = () => tinyRun(folder, { inputs: inputs(all), train });
    const results = (at: string, steps: number) => ({
      final: contents(join(at, 'checkpoints', `ckpt-${steps}`)),
      best: contents(join(at, 'best')),
      metrics: readFileSync(join(at, 'metrics.ndjson'), 'utf8'),
    });
    const whole = await trainRun(run(), { out: join(folder, 'runs') });
    const plain = await trainRun(tinyRun(folder, { inputs: inputs(undefined), train }), { out: join(folder, 'plain') });
    expect(results(plain.folder, plain.steps).final).not.toEqual(results(whole.folder, whole.steps).final);
    const controller = new AbortController();
    const { folder: stopped } = await trainRun(run(), {
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

  it('is part of what a resumed run must not change', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const { folder: stopped } = await trainRun(tinyRun(folder, { inputs: inputs(all), train }), {
      out: join(folder, 'runs'),
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step') controller.abort();
      },
    });
    const file = join(stopped, 'config.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"rate": ?0\.1/, '"rate": 0.2'));
    const error = await failure(() => resumeRun(stopped));
    expect(error.code).toBe('E6004');
    expect(error.message).toContain('inputs.text.augment');
  });

  it('takes an augmentation of the own, records its name and options, and asks for it again', async () => {
    const folder = temporaryFolder();
    const seen = new Set<string>();
    const shouting: NamedAugmentation = {
      name: 'shouting',
      options: { mark: '!' },
      touches: ['loudness'],
      apply(text) {
        seen.add(text);
        return `${text.toUpperCase()}!`;
      },
    };
    const own = (augmentation: NamedAugmentation) =>
      defineRun({
        ...tinyFile(writeRows(join(folder, 'rows.jsonl'), tinyRows()), { train }),
        inputs: {
          text: {
            type: 'text',
            column: 'text',
            augment: [{ type: 'typoNoise' }, { type: augmentation, probability: 0.5 }],
          },
        },
      });
    const run = own(shouting);
    expect((run.config.inputs.text as { augment: unknown[] }).augment[1]).toEqual({
      type: 'custom',
      name: 'shouting',
      options: { mark: '!' },
      probability: 0.5,
      unsafeFor: [],
    });
    const controller = new AbortController();
    const { folder: stopped } = await trainRun(run, {
      out: join(folder, 'runs'),
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step') controller.abort();
      },
    });
    expect(seen.size).toBeGreaterThan(0);
    expect((await failure(() => resumeRun(stopped))).code).toBe('E6010');
    expect((await failure(() => resumeRun(stopped, { run: own({ ...shouting, options: {} }) }))).code).toBe('E6004');
    expect((await resumeRun(stopped, { run })).reason).toBe('finished');
    expect((await compareSingleTask(stopped, { run })).single.topic!.steps).toBeGreaterThan(0);
  });

  it('pads a batch that grows to the next length that batches have, and cuts at the last', async () => {
    const twice: NamedAugmentation = { name: 'twice', options: {}, touches: [], apply: (text) => `${text} ${text}` };
    const folder = temporaryFolder();
    const rows = tinyRows().map((row, at) => ({
      ...row,
      text: Array(1 + (at % 4))
        .fill(row.text)
        .join(' '),
    }));
    const of = async (augment: readonly { type: NamedAugmentation }[]) => {
      const { batches, buckets } = await prepare(
        defineRun({
          ...tinyFile(writeRows(join(folder, 'rows.jsonl'), rows), { train, sampling: { lengthBuckets: 4 } }),
          inputs: { text: { type: 'text', column: 'text', augment } },
        }),
      );
      const widths = (await takeEpoch(batches)).map(({ inputs }) => {
        const { ids, lengths } = inputs as Record<string, HostTensor>;
        return [ids!.shape[1]!, Math.max(...lengths!.data)] as const;
      });
      return { buckets, widths };
    };
    const [plain, grown] = [await of([]), await of([{ type: twice }])];
    expect(grown.buckets).toEqual(plain.buckets);
    expect(plain.buckets.length).toBeGreaterThan(2);
    const [first] = plain.buckets;
    expect(plain.widths.some(([width]) => width === first)).toBe(true);
    expect(grown.widths.some(([width]) => width === first)).toBe(false);
    for (const [width, length] of grown.widths) {
      expect(grown.buckets).toContain(width);
      const before = grown.buckets[grown.buckets.indexOf(width) - 1]!;
      expect(length).toBeGreaterThan(before);
    }
  });

  it.each([
    [[{ type: 'custom', name: 'mine' }], 'E1205', 'inputs.text.augment', 'TypeScript run file'],
    [[{ type: 'tokenDropuot' }], 'E1206', 'inputs.text.augment.0.type', 'tokenDropout'],
    [[{ type: 'flip' }], 'E1206', 'inputs.text.augment.0.type', 'tokenDropout'],
    [[{ type: 'tokenDropout', rat: 0.1 }], 'E1207', 'inputs.text.augment.0.rat', 'rate'],
    [[{ type: 'tokenDropout', rate: 1.5 }], 'E1205', 'inputs.text.augment.0.rate', '1.5'],
    [[{ type: 'tokenSwap', distance: 0 }], 'E1205', 'inputs.text.augment.0.distance', '0'],
    [[{ type: 'tokenMask', mask: '' }], 'E1205', 'inputs.text.augment.0.mask', 'empty'],
    [[{ type: 'typoNoise', probability: -1 }], 'E1205', 'inputs.text.augment.0.probability', '-1'],
    [[{ type: 'typoNoise', unsafeFor: ['tpic'] }], 'E1209', 'inputs.text.augment.0.unsafeFor.0', '"topic"'],
    [
      [{ type: 'typoNoise', unsafeFor: ['topic', 'sentiment'] }],
      'E1209',
      'inputs.text.augment.0.unsafeFor',
      'Leave it out',
    ],
    [{ type: 'typoNoise' }, 'E1203', 'inputs.text.augment', 'a list'],
  ])('refuses %j', async (augment, code, path, words) => {
    const error = await failure(() => tinyRun(temporaryFolder(), { inputs: inputs(augment) }));
    expect(error.problems.map((problem) => [problem.code, problem.path])).toEqual([[code, path]]);
    expect(error.message).toContain(words);
  });
});
