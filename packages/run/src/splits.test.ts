import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SplitLock } from '@polytask/data';
import { describe, expect, it } from 'vitest';
import { checkRun } from './check-run.ts';
import { defineRun } from './config/define-run.ts';
import type { RunFile } from './config/schema.ts';
import { readData } from './data/read-data.ts';
import { openRun } from './open-run.ts';
import { prepare } from './prepare.ts';
import { resumeRun } from './resume-run.ts';
import { failure, temporaryFolder, tinyFile, tinyRows, tinyRun, writeRows } from './testing/tiny-run.fixture.ts';
import { trainRun } from './train-run.ts';

const train = { steps: 2, batch: 8 } as const;

type Split = Extract<NonNullable<RunFile['split']>, { by: string }>;

/** The tiny rows, six recordings of each of ten patients after each other, one a day. */
const patientRows = () =>
  tinyRows().map((row, at) => ({
    ...row,
    patient: `p${Math.floor(at / 6)}`,
    day: new Date(Date.UTC(2024, 0, 1 + at)).toISOString().slice(0, 10),
  }));

const patientOf = (id: string) => Math.floor(Number(id.slice(1)) / 6);

async function partsOf(split: RunFile['split'], rows: readonly unknown[] = patientRows()) {
  const run = tinyRun(temporaryFolder(), { split: split!, train }, rows);
  const { examplesOf, notes } = await prepare(run);
  const ids = (part: 'train' | 'validation' | 'test') => examplesOf(part).map(({ id }) => id);
  return { train: ids('train'), validation: ids('validation'), test: ids('test'), notes };
}

const sorted = (ids: readonly string[]) => [...ids].sort();
const allIds = sorted(tinyRows().map(({ id }) => String(id)));

describe('the split of a run', () => {
  it('by group keeps every patient in one part', async () => {
    const { notes, ...parts } = await partsOf({ by: 'group', column: 'patient', fractions: [0.6, 0.2, 0.2] });
    expect(sorted(Object.values(parts).flat())).toEqual(allIds);
    const sides = Object.values(parts).map((ids) => new Set(ids.map(patientOf)));
    for (let patient = 0; patient < 10; patient++) expect(sides.filter((side) => side.has(patient))).toHaveLength(1);
    for (const side of sides) expect(side.size).toBeGreaterThan(0);
    expect(notes.filter(({ code }) => code === 'E2322')).toEqual([]);
  });

  it('stratifies numbers to predict by their quantiles, whatever way it splits', async () => {
    const rows = tinyRows().map((row, at) => ({ ...row, score: Math.exp(at / 10).toFixed(3), patient: `p${at % 30}` }));
    const ways: NonNullable<RunFile['split']>[] = [
      { by: 'stratified', fractions: [0.6, 0.2, 0.2] },
      { by: 'group', column: 'patient', fractions: [0.6, 0.2, 0.2] },
      { by: 'kFold', folds: 5, fold: 1 },
    ];
    for (const split of ways) {
      const tasks = { score: { type: 'regress', column: 'score' } } as const;
      const run = tinyRun(temporaryFolder(), { split, train, tasks }, rows);
      const { examplesOf, notes } = await prepare(run);
      expect(notes.filter(({ code }) => code === 'E2302')).toEqual([]);
      const bins = examplesOf('validation').map(({ id }) => Math.floor(Number(id.slice(1)) / (rows.length / 5)));
      expect(new Set(bins).size).toBe(5); // each fifth of the numbers is there
    }
  });

  it('keeps the shares of low and high numbers in every part, and tells no number as rare', async () => {
    const rows = tinyRows().map((row, at) => ({ ...row, price: at < 30 ? at / 7 : 10 }));
    const run = tinyRun(
      temporaryFolder(),
      {
        tasks: { price: { type: 'regress', column: 'price' } },
        split: { by: 'stratified', fractions: [0.6, 0.2, 0.2] },
      },
      rows,
    );
    const { examplesOf, notes } = await prepare(run);
    const low = (part: 'train' | 'validation' | 'test') =>
      examplesOf(part).filter(({ labels }) => Number(labels.price) < 5).length;
    expect([low('train'), low('validation'), low('test')]).toEqual([18, 6, 6]);
    expect(notes.filter(({ code }) => code === 'E2302')).toEqual([]);
  });

  it('by time trains on the past and tests on the future', async () => {
    const split: Split = { by: 'time', column: 'day', fractions: [0.8, 0.1, 0.1], gap: 2 * 86_400_000 };
    const parts = await partsOf(split);
    const rows = (ids: readonly string[]) => ids.map((id) => Number(id.slice(1)));
    expect(rows(parts.train)).toEqual(Array.from({ length: 47 }, (_, at) => at));
    expect(rows(parts.validation)).toEqual([48, 49, 50, 51, 52]);
    expect(rows(parts.test)).toEqual([54, 55, 56, 57, 58, 59]);
    expect(parts.notes).toContainEqual(expect.objectContaining({ code: 'E2315', count: 2 }));
    const error = await failure(() => partsOf({ by: 'time', column: 'patient' }));
    expect([error.kind, error.code, error.problems[0]!.path]).toEqual(['data', 'E2316', 'split.column']);
  });

  it('by folds tests and validates every example once over all runs, groups whole', async () => {
    const [tested, validated]: [string[], string[]] = [[], []];
    for (let fold = 0; fold < 5; fold++) {
      const parts = await partsOf({ by: 'kFold', folds: 5, fold, column: 'patient' });
      expect(sorted([...parts.train, ...parts.validation, ...parts.test])).toEqual(allIds);
      const trained = new Set(parts.train.map(patientOf));
      for (const id of [...parts.validation, ...parts.test]) expect(trained.has(patientOf(id))).toBe(false);
      tested.push(...parts.test);
      validated.push(...parts.validation);
    }
    expect([sorted(tested), sorted(validated)]).toEqual([allIds, allIds]);
    expect((await partsOf({ by: 'kFold', folds: 5, fold: 0 })).test).not.toEqual(
      (await partsOf({ by: 'kFold', folds: 5, fold: 0, repeat: 1 })).test,
    );
    const error = await failure(() => partsOf({ by: 'kFold', folds: 11, fold: 0, column: 'patient' }));
    expect(error.code).toBe('E2317');
  });

  it('keeps near-duplicates on one side, and warns of them when it may not', async () => {
    const text = 'the quick brown fox jumps over the lazy dog beside the river';
    const rows: { id?: unknown; text: string }[] = patientRows().map((row, at) => ({
      ...row,
      text: at < 30 ? `${text} ${at}` : `${at * at * 7919} ${row.day}`,
    }));
    const split: Split = { by: 'random', fractions: [0.6, 0.2, 0.2] };
    const warned = await partsOf({ ...split, nearDuplicates: 'warn' } as Split, rows);
    expect(warned.notes).toContainEqual(expect.objectContaining({ code: 'E2321', path: 'test' }));
    const { notes, ...parts } = await partsOf(split, rows);
    const near = new Set(rows.slice(0, 30).map(({ id }) => String(id)));
    expect(Object.values(parts).filter((ids) => ids.some((id) => near.has(id)))).toHaveLength(1);
    expect(notes.filter(({ code }) => code === 'E2321')).toEqual([]);
    const ignored = await partsOf({ ...split, nearDuplicates: 'ignore' } as Split, rows);
    expect(ignored.notes.filter(({ code }) => code === 'E2321')).toEqual([]);
    expect(ignored.test).toEqual(warned.test);
  });

  it('warns of a patient whose rows stand in several parts, and names the split that mends it', async () => {
    const folder = temporaryFolder();
    const { notes } = await checkRun(tinyRun(folder, { train }, patientRows()), { out: join(folder, 'runs') });
    expect(notes.filter(({ code }) => code === 'E2322').map(({ path, fix }) => [path, fix])).toEqual([
      ['patient', 'Keep its groups whole: split: { by: group, column: "patient" }.'],
      ['patient', 'Keep its groups whole: split: { by: group, column: "patient" }.'],
    ]);
  });

  it('refuses a column that is not there, and folds and sampling that contradict themselves', async () => {
    const error = await failure(() => partsOf({ by: 'group', column: 'patiend' }));
    expect(error.problems.map(({ code, path, fix }) => [code, path, fix?.slice(0, 23)])).toEqual([
      ['E1404', 'split.column', 'Did you mean "patient"?'],
    ]);
    const wrong = await failure(() =>
      defineRun(
        tinyFile('rows.jsonl', {
          split: { by: 'kFold', folds: 3, fold: 3, tasks: ['topik'] },
          sampling: { type: 'annealed', to: 5, per: 'example', labels: 'own', batch: { mood: 3 } },
          train: { steps: 3 },
        }),
      ),
    );
    expect(wrong.problems.map(({ code, path }) => [code, path])).toEqual([
      ['E1209', 'split.tasks.0'],
      ['E1209', 'split.fold'],
      ['E1209', 'sampling.batch.mood'],
      ['E1209', 'sampling.batch'],
      ['E1209', 'sampling.labels'],
      ['E1209', 'sampling.epochs'],
    ]);
  });
});

describe('split.lock.json', () => {
  it('holds ids of training and validation and hashes of test ids, and gives another run the same parts', async () => {
    const folder = temporaryFolder();
    const split: Split = { by: 'group', column: 'patient', fractions: [0.6, 0.2, 0.2] };
    const run = tinyRun(folder, { split, train }, patientRows());
    const done = await trainRun(run, { out: join(folder, 'runs') });
    const file = join(done.folder, 'split.lock.json');
    const text = readFileSync(file, 'utf8');
    const lock = JSON.parse(text) as SplitLock;
    const { examplesOf } = await prepare(run);
    const test = examplesOf('test').map(({ id }) => id);
    expect(lock.ids.train).toEqual(examplesOf('train').map(({ id }) => id));
    expect(lock.hashed.test).toEqual(
      test.map((id) => `sha256:${createHash('sha256').update(id).digest('hex')}`).sort(),
    );
    for (const id of test) expect(text).not.toContain(`"${id}"`);

    const rows = writeRows(join(folder, 'reversed.jsonl'), patientRows().reverse());
    const again = defineRun(tinyFile(rows, { split: { by: 'lock', file }, train, seed: 99 }));
    expect(sorted((await prepare(again)).examplesOf('test').map(({ id }) => id))).toEqual(sorted(test));
    await using opened = await openRun((await trainRun(again, { out: join(folder, 'runs') })).folder);
    expect((await opened.evaluate({ part: 'test' })).examples).toBe(test.length);

    const fewer = writeRows(join(folder, 'fewer.jsonl'), patientRows().slice(1));
    const error = await failure(() => prepare(defineRun(tinyFile(fewer, { split: { by: 'lock', file }, train }))));
    expect([error.kind, error.code, error.problems[0]!.count]).toEqual(['data', 'E2330', 1]);
    const missing = defineRun(tinyFile(rows, { split: { by: 'lock', file: join(folder, 'none.json') }, train }));
    expect((await failure(() => prepare(missing))).code).toBe('E2331');
  });

  it('keeps the warnings of leaks', async () => {
    const folder = temporaryFolder();
    const done = await trainRun(tinyRun(folder, { train }, patientRows()), { out: join(folder, 'runs') });
    const { notes } = JSON.parse(readFileSync(join(done.folder, 'split.lock.json'), 'utf8')) as SplitLock;
    expect(notes).toContainEqual(expect.objectContaining({ code: 'E2322', path: 'patient' }));
  });

  it('stops a resume in which examples would be on other sides', async () => {
    const folder = temporaryFolder();
    const controller = new AbortController();
    const summary = await trainRun(tinyRun(folder, { train: { epochs: 3, batch: 8 } }), {
      out: join(folder, 'runs'),
      signal: controller.signal,
      onEvent: (event) => {
        if (event.type === 'step') controller.abort();
      },
    });
    const file = join(summary.folder, 'split.lock.json');
    const lock = JSON.parse(readFileSync(file, 'utf8')) as { ids: Record<string, string[]> };
    const [train, validation] = [lock.ids.train!, lock.ids.validation!];
    [train[0], validation[0]] = [validation[0]!, train[0]!];
    writeFileSync(file, JSON.stringify(lock));
    const error = await failure(() => resumeRun(summary.folder));
    expect([error.code, error.message]).toEqual([
      'E6005',
      expect.stringContaining('in other parts than when the run began: train, validation'),
    ]);
  });

  it('tells files of the same name apart by their place', async () => {
    const folder = temporaryFolder();
    const [one, other] = [temporaryFolder(), temporaryFolder()].map((inner) =>
      writeRows(join(inner, 'rows.jsonl'), tinyRows().slice(0, 30)),
    );
    const run = defineRun(tinyFile('', { data: { sources: [{ source: one! }, { source: other! }], id: 'id' }, train }));
    const { examples } = await readData(run.config);
    expect([examples[0]!.id, examples[30]!.id]).toEqual(['rows.jsonl:r0', '2/rows.jsonl:r0']);
    expect((await trainRun(run, { out: folder })).reason).toBe('finished');
  });
});
