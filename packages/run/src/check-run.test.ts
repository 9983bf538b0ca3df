import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkRun } from './check-run.ts';
import { prepare } from './prepare.ts';
import { failure, temporaryFolder, tinyRows, tinyRun, writeRows } from './testing/tiny-run.fixture.ts';

describe('checkRun', () => {
  it('counts rows, parts, labels and their overlap', async () => {
    const folder = temporaryFolder();
    const check = await checkRun(tinyRun(folder), { out: join(folder, 'runs') });
    expect(check).toMatchObject({
      rows: 60,
      quarantined: 0,
      parts: { train: 48, validation: 6, test: 6 },
      unlabelled: 5,
    });
    expect(check.tasks.topic!.labels).toEqual(['finance', 'sports']);
    const { train, validation, test } = check.tasks.topic!.present;
    expect(train + validation + test).toBe(40);
    expect(check.overlap.topic).toEqual({ topic: 40, sentiment: 30 });
    // 256 buckets of 8 numbers; two heads of 8 × 2 weights and 2 biases
    expect(check.parameters).toEqual({ shared: 2048, total: 2048 + 2 * 18 });
    expect(check.steps).toBe(3 * check.stepsPerEpoch);
  });

  it('says that batches are shorter than asked for where there are fewer examples', async () => {
    const { notes } = await checkRun(tinyRun(temporaryFolder(), { train: { epochs: 1, batch: 1_000_000_000 } }));

    expect(notes.find(({ code }) => code === 'E1213')).toMatchObject({ path: 'train.batch' });
  });

  it('refuses a model that memory has no room for', async () => {
    const encoder = { type: 'ngrams' as const, buckets: 2 ** 31 - 1, width: 4096 };
    const run = tinyRun(temporaryFolder(), { inputs: { text: { type: 'text', column: 'text', encoder } } });

    await expect(checkRun(run)).rejects.toMatchObject({ code: 'E1212', kind: 'usage' });
  });

  it('puts equal texts on one side', async () => {
    const folder = temporaryFolder();
    const rows = tinyRows().map((row, at) => ({ ...row, text: `text ${at % 20}` }));
    const prepared = await prepare(tinyRun(folder, {}, rows));
    const texts = (part: 'train' | 'validation' | 'test') =>
      new Set(prepared.examplesOf(part).map(({ inputs }) => inputs.text));
    for (const part of ['validation', 'test'] as const) {
      expect(texts(part).size).toBeGreaterThan(0);
      for (const text of texts(part)) expect(texts('train')).not.toContain(text);
    }
  });

  it('notes texts that a training file shares with a validation file', async () => {
    const folder = temporaryFolder();
    const validation = writeRows(
      join(folder, 'validation.jsonl'),
      tinyRows()
        .slice(0, 9)
        .map((row) => ({ ...row, id: `v${row.id}` })),
    );
    const run = tinyRun(folder, {
      data: { id: 'id' },
      split: { by: 'files', files: { train: join(folder, 'rows.jsonl'), validation } },
    });
    const check = await checkRun(run, { out: folder });
    expect(check.parts).toEqual({ train: 60, validation: 9, test: 0 });
    expect(check.notes).toContainEqual(
      expect.objectContaining({
        path: 'split.files.validation',
        message: '9 of 9 texts stand in the training file too.',
      }),
    );
  });

  const wrong = {
    'a missing column': {
      rows: tinyRows().map(({ topic, ...row }) => ({ ...row, topik: topic })),
      expected: { code: 'E1404', path: 'tasks.topic.column' },
    },
    'one class only': {
      rows: tinyRows().map((row) => ({ ...row, sentiment: 'good' })),
      expected: { code: 'E2301', path: 'tasks.sentiment' },
    },
    'no labelled row': {
      rows: tinyRows().map((row) => ({ ...row, sentiment: null, topic: null })),
      expected: { code: 'E2301', path: 'tasks.topic' },
    },
    'an empty file': { rows: [''], expected: { code: 'E2102' } },
    'half a JSON object': { rows: ['{"id": "a", "text": '], expected: { code: 'E2208' } },
    'NUL bytes': { rows: ['{"id": "a", "text": "\u0000"}'], expected: { code: 'E2208' } },
    'a line of 10 MB': {
      rows: [JSON.stringify({ id: 'a', text: 'x'.repeat(10_000_000) })],
      expected: { code: 'E2208' },
    },
  };
  for (const [name, { rows, expected }] of Object.entries(wrong)) {
    it(`refuses ${name}`, async () => {
      const folder = temporaryFolder();
      const error = await failure(() => checkRun(tinyRun(folder, {}, rows), { out: folder }));
      expect(error.problems).toContainEqual(expect.objectContaining(expected));
      if (expected.code === 'E2208')
        expect(error.problems[1]).toMatchObject({ line: 1, row: 1, file: join(folder, 'rows.jsonl') });
    });
  }

  it('refuses an order that lacks a label, and says of which task', async () => {
    const folder = temporaryFolder();
    const tasks = { topic: { type: 'ordinal', column: 'topic', order: ['finance', 'sport'] } } as const;
    const error = await failure(() => checkRun(tinyRun(folder, { tasks: tasks as never }), { out: folder }));
    expect(error.problems).toMatchObject([
      {
        code: 'E1230',
        path: 'tasks.topic.order',
        message: 'The order has no place for the training label "sports".',
        fix: expect.stringContaining('write "sport" as the data does'),
      },
    ]);
  });

  it('refuses a folder in the place of a file, and says what is in it', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'data.jsonl'));
    writeFileSync(join(folder, 'data.jsonl', 'inside.txt'), '');
    const error = await failure(() =>
      checkRun(tinyRun(folder, { data: { source: join(folder, 'data.jsonl') } }), { out: folder }),
    );
    expect(error.problems).toMatchObject([{ code: 'E1402', fix: 'The folder holds: inside.txt.' }]);
  });

  it('finds the problems of data and output folder in one pass', async () => {
    const folder = temporaryFolder();
    const out = writeRows(join(folder, 'file'), []);
    const rows = tinyRows().map((row) => ({ ...row, sentiment: 'good', topic: 'sports' }));
    const error = await failure(() => checkRun(tinyRun(folder, {}, rows), { out }));
    expect(error.problems.map(({ code }) => code)).toEqual(['E2301', 'E2301', 'E6007']);
  });
});
