import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { key } from '@polytask/base';
import { curriculumShare } from '@polytask/data';
import { describe, expect, it } from 'vitest';
import type { RunFile } from './config/schema.ts';
import { curriculumOf } from './curriculum.ts';
import { readData } from './data/read-data.ts';
import { splitData, splitKey } from './data/split-data.ts';
import { prepare } from './prepare.ts';
import { resumeRun } from './resume-run.ts';
import { roundsOf } from './rounds.ts';
import { contents, failure, temporaryFolder, tinyRows, tinyRun, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const train = {
  epochs: 4,
  batch: 8,
  optimizer: { learningRate: 0.05 },
  checkpoint: { every: 3, keep: 2 },
} as const;

const ways: readonly Partial<RunFile>[] = [
  { sampling: { type: 'curriculum', start: 0.3, epochs: 3, within: 'topic' } },
  { split: { by: 'stratified', fractions: [0.7, 0.15, 0.15], redraw: { every: 1 } } },
  { split: { by: 'random', redraw: { every: 2 } }, sampling: { type: 'curriculum', epochs: 2, pacing: 'linear' } },
  { balance: { type: 'dtp', focus: 2 } },
];

const results = (folder: string, steps: number) => ({
  final: contents(join(folder, 'checkpoints', `ckpt-${steps}`)),
  best: contents(join(folder, 'best')),
  metrics: readFileSync(join(folder, 'metrics.ndjson'), 'utf8'),
});

const events = (folder: string) =>
  readFileSync(join(folder, 'metrics.ndjson'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

describe.each(ways.map((way): [string, Partial<RunFile>] => [JSON.stringify(way), way]))('a run with %s', (_, way) => {
  it('trains, and ends with the same bytes wherever it was interrupted', async () => {
    const folder = temporaryFolder();
    const run = () => tinyRun(folder, { train, ...way });
    const whole = await trainRun(run(), { out: join(folder, 'runs') });
    const perEpoch = whole.steps / 4;
    for (const at of [perEpoch - 1, perEpoch, perEpoch + 2]) {
      const controller = new AbortController();
      const { folder: stopped } = await trainRun(run(), {
        out: join(folder, 'runs'),
        signal: controller.signal,
        onEvent: (event) => {
          if (event.type === 'step' && event.step === at) controller.abort();
        },
      });
      expect((await resumeRun(stopped)).reason).toBe('finished');
      expect(results(stopped, whole.steps)).toEqual(results(whole.folder, whole.steps));
    }
  });
});

describe('a curriculum', () => {
  it('takes the share that its formula says, of each class, and leaves labels that are wrong for later', async () => {
    // every tenth row says the other topic
    const rows = tinyRows().map((row, at) => ({
      ...row,
      topic: (at % 10 === 7) === (at % 2 === 0) ? 'finance' : 'sports',
      sentiment: null,
    }));
    const options = { type: 'curriculum', start: 0.5, epochs: 4, within: 'topic' } as const;
    const run = tinyRun(
      temporaryFolder(),
      {
        train: { ...train, epochs: 6 },
        sampling: options,
        split: { by: 'random', fractions: [0.8, 0.2, 0] },
        tasks: { topic: { type: 'classify', column: 'topic' } },
        balance: { type: 'equal' },
      },
      rows,
    );
    const { examplesOf, curriculum } = await prepare(run);
    const examples = examplesOf('train');
    const isWrong = examples.map(({ id }) => Number(id.slice(1)) % 10 === 7);
    // losses as of a model that has learned what is right
    const losses = isWrong.map((wrong) => (wrong ? 3 : 0.1));
    expect(curriculum!.scored(0)).toBeUndefined();
    expect(curriculum!.scored(5)).toBeUndefined();
    let scored = 0;
    for await (const { size } of curriculum!.scored(1)!) scored += size;
    expect(scored).toBe(examples.length);
    for (const epoch of [1, 2, 3]) {
      const share = curriculumShare(epoch - 1, { start: 0.5, rounds: 4 });
      const classes = ['sports', 'finance'].map(
        (topic) => examples.filter(({ labels }) => labels.topic === topic).length,
      );
      const expected = classes.reduce((sum, count) => sum + Math.ceil(share * count - 1e-9), 0);
      expect(curriculum!.choose(epoch, losses)).toEqual({ examples: expected, of: examples.length });
    }

    // wrong labels come only once every right one of their class has come
    const making = {
      config: { ...run.config.sampling, type: 'curriculum' } as never,
      trainIn: () => Uint32Array.from(examples.keys()),
    };
    const places = curriculumOf({ ...making, data: { examples } } as never).choose(1, losses);
    for (const topic of ['sports', 'finance']) {
      const own = [...examples.keys()].filter((at) => examples[at]!.labels.topic === topic);
      const chosen = own.filter((at) => places.includes(at));
      const right = own.filter((at) => !isWrong[at]).length;
      expect(chosen.length).toBeLessThan(own.length);
      expect(chosen.filter((at) => isWrong[at])).toHaveLength(Math.max(0, chosen.length - right));
    }

    const { folder } = await trainRun(run, { out: temporaryFolder() });
    const told = events(folder).flatMap(({ type, next }) => (type === 'evaluation' && next ? [next] : []));
    expect(told.map((next) => (next as { examples: number }).examples)).toEqual(
      [...told.map((next) => (next as { examples: number }).examples)].sort((a, b) => a - b),
    );
    expect(told).toHaveLength(5); // none follows the last epoch
  });
});

describe('parts that are drawn anew', () => {
  it('move training and validation rows about, never the test rows, and keep groups and duplicates whole', async () => {
    const rows = tinyRows().map((row, at) => ({
      ...row,
      patient: `p${at % 12}`,
      text: at === 1 || at === 14 ? 'the same words of two patients' : row.text,
    }));
    const { config } = tinyRun(
      temporaryFolder(),
      { split: { by: 'group', column: 'patient', fractions: [0.6, 0.2, 0.2], redraw: { every: 2 } }, train },
      rows,
    );
    const data = await readData(config);
    const { parts } = await splitData(config, data, splitKey(key(7)));
    const rounds = roundsOf(config, data, parts, splitKey(key(7)))!;
    const moving = [...parts.train, ...parts.validation].sort((a, b) => a - b);
    const drawn = [0, 1, 2, 3, 4].map((epoch) => rounds.partsIn(epoch));
    expect(drawn[0]).toMatchObject({ train: parts.train, validation: parts.validation });
    expect(drawn[1]!.train).toEqual(drawn[0]!.train);
    expect(drawn[2]!.train).not.toEqual(drawn[1]!.train);
    expect(moving).toContain(1);
    for (let epoch = 0; epoch < 40; epoch++) {
      const training = rounds.partsIn(epoch).train;
      expect(training.includes(1)).toBe(training.includes(14));
    }
    for (const { train: training, validation } of drawn) {
      expect([...training, ...validation].sort((a, b) => a - b)).toEqual(moving);
      const sideOf = new Map([...training].map((row) => [data.examples[row]!.columns!['split.column'], 'train']));
      for (const row of validation) expect(sideOf.get(data.examples[row]!.columns!['split.column'])).toBeUndefined();
    }
  });

  it('never show a test row: neither batches nor what encoders and heads are fitted on', async () => {
    const folder = temporaryFolder();
    const rows = tinyRows().filter(({ topic }) => topic !== null);
    const run = tinyRun(folder, {
      data: { id: 'id' },
      split: {
        by: 'files',
        files: {
          train: writeRows(join(folder, 'train.jsonl'), rows),
          test: writeRows(
            join(folder, 'test.jsonl'),
            rows.map((row, at) => ({ ...row, id: `t${at}`, text: `zzmarker${at}`, topic: 'marked' })),
          ),
        },
        redraw: {},
      },
      tasks: { topic: { type: 'classify', column: 'topic' } },
      inputs: { text: { type: 'text', column: 'text', encoder: { type: 'ngrams', buckets: 4096, width: 4 } } },
      train,
    });
    const { batches, specs, examplesOf, data, split } = await prepare(run);
    expect(JSON.stringify(specs)).not.toContain('mark');
    expect(examplesOf('test')[0]!.labels.topic).toBe('marked');
    const rounds = roundsOf(run.config, data, split, splitKey(key(run.config.seed)))!;
    const test = new Set(split.test);
    let seen = 0;
    for (let epoch = 0; epoch < 5; epoch++) {
      for (const row of [...rounds.partsIn(epoch).train, ...rounds.partsIn(epoch).validation])
        expect(test.has(row)).toBe(false);
      for (let at = 0; at < batches.batchesPerEpoch; at++) seen += (await batches.next()).counts.topic!;
    }
    // a test row would have a label that heads do not know, and count nothing
    expect(seen).toBe(5 * split.train.length);
  });

  it('say that scores of rows that were trained on steer, and go with no validation file and no other sampling', async () => {
    const { notes } = await prepare(tinyRun(temporaryFolder(), { split: { by: 'random', redraw: {} }, train }));
    expect(notes.filter(({ code }) => code === 'E2329')).toHaveLength(1);
    expect(
      await failure(() =>
        tinyRun(temporaryFolder(), { split: { by: 'random', redraw: {} }, sampling: { type: 'classBalanced' }, train }),
      ),
    ).toMatchObject({ problems: [{ code: 'E1209', path: 'split.redraw' }] });
    expect(
      await failure(() => tinyRun(temporaryFolder(), { split: { by: 'time', column: 'day', redraw: {} } as never })),
    ).toMatchObject({ problems: [{ path: 'split.redraw' }] });
  });
});

describe('weights by what evaluations bring', () => {
  it('favour the task that does worse, from the second epoch on', async () => {
    const rows = tinyRows().map((row, at) => ({
      ...row,
      topic: at % 2 === 0 ? 'sports' : 'finance',
      sentiment: (at * 7919) % 13 < 6 ? 'good' : 'bad', // nothing in the text tells
    }));
    const run = tinyRun(
      temporaryFolder(),
      {
        balance: { type: 'dtp' },
        train,
        split: { by: 'stratified', fractions: [0.6, 0.3, 0.1] },
        tasks: { topic: { type: 'classify', column: 'topic' }, sentiment: { type: 'classify', column: 'sentiment' } },
      },
      rows,
    );
    const { folder, steps } = await trainRun(run, { out: temporaryFolder() });
    const weights = events(folder).flatMap(({ type, weights }) =>
      type === 'step' ? [weights as Record<string, number>] : [],
    );
    expect(weights[0]).toEqual({ topic: 1, sentiment: 1 });
    expect(weights[steps / 4 - 1]).toEqual({ topic: 1, sentiment: 1 });
    expect(weights.at(-1)!.sentiment!).toBeGreaterThan(weights.at(-1)!.topic!);
    expect(weights.at(-1)!.sentiment! + weights.at(-1)!.topic!).toBeCloseTo(2, 6);
  });

  it('need metrics within 0 and 1, and a validation part', async () => {
    const score: RunFile['tasks'][string] = { type: 'regress', column: 'score', metrics: ['rmse'] };
    expect(
      await failure(() => tinyRun(temporaryFolder(), { balance: { type: 'dtp' }, tasks: { score } })),
    ).toMatchObject({ problems: [{ code: 'E1209', path: 'tasks.score.metrics.0' }] });
    expect(
      await failure(() =>
        tinyRun(temporaryFolder(), {
          balance: { type: 'dtp' },
          split: { by: 'random', fractions: [0.8, 0, 0.2] },
        }),
      ),
    ).toMatchObject({ problems: [{ code: 'E1209', path: 'balance.type' }] });
  });

  it('need labels in the validation part', async () => {
    const folder = temporaryFolder();
    const unlabelled = tinyRows().map((row, at) => ({
      ...row,
      id: `v${at}`,
      text: `v${at}`,
      topic: null,
      sentiment: null,
    }));
    const files = {
      train: writeRows(join(folder, 'train.jsonl'), tinyRows()),
      validation: writeRows(join(folder, 'validation.jsonl'), unlabelled),
    };
    const run = tinyRun(folder, { data: { id: 'id' }, split: { by: 'files', files }, balance: { type: 'dtp' }, train });
    expect(await failure(() => prepare(run))).toMatchObject({ problems: [{ code: 'E2332', path: 'balance.type' }] });
  });
});

it('what would change nothing is refused: classes of numbers, and no validation rows to draw anew', async () => {
  const score: RunFile['tasks'][string] = { type: 'regress', column: 'score' };
  const sampling = { type: 'curriculum', epochs: 2, within: 'score' } as const;
  expect(await failure(() => tinyRun(temporaryFolder(), { sampling, tasks: { score } }))).toMatchObject({
    problems: [{ code: 'E1209', path: 'sampling.within' }],
  });
  const split = { by: 'random', fractions: [0.8, 0, 0.2], redraw: {} } as NonNullable<RunFile['split']>;
  expect(await failure(() => tinyRun(temporaryFolder(), { split, train }))).toMatchObject({
    problems: [{ code: 'E1209', path: 'split.redraw' }],
  });
});
