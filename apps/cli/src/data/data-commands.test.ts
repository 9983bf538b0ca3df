import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataFacts } from '@polytask/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, lastLine, polytask } from '../testing/polytask.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polytask-data-'));
  await writeFile(join(folder, 'people.csv'), people);
  await mkdir(join(folder, 'mail'));
  await writeFile(join(folder, 'mail', 'mail.csv'), mail.map((cells) => cells.join(',')).join('\n'));
  await writeFile(join(folder, 'mail', 'run.yaml'), runFile);
});
afterAll(() => rm(folder, { recursive: true }));

const people = `id,age,job,bio,income
1,34,nurse,<p>likes tea &amp; rain</p>,low
2,,nurse,plain words,high
3,1 200,N/A,"a ""quoted"" one, too",low
4,28.0,cook,plain words,high
5,31,cook,=1+1,low
5,31,cook,=1+1,low
`;

// forty letters of ten senders, two of them again under other ids; one row lacks a field
const words = ['parcel', 'invoice', 'garden', 'window', 'bridge', 'summer', 'letter'];
const letters = Array.from({ length: 40 }, (_, at) => {
  const text = [0, 1, 3].map((step) => words[(at * (step + 2) + Math.floor(at / 7) * step) % 7]).join(' ');
  return [
    `m${at}`,
    `<b>${text} ${at * 7919}</b>`,
    ['spam', 'ham'][at % 2]!,
    at % 5 === 0 ? '' : ['urgent', 'later'][Math.floor(at / 2) % 2]!,
    `S-${10 + Math.floor(at / 4)}`,
  ];
});
const mail = [
  ['id', 'text', 'kind', 'pace', 'sender'],
  ...letters,
  ['m40', letters[0]![1]!, ...letters[0]!.slice(2)],
  ['m41', letters[1]![1]!, ...letters[1]!.slice(2)],
  ['broken', 'row'],
];

const runFile = `version: 1
name: mail
seed: 3
data:
  source: mail.csv
  id: id
  bad: { maxFraction: 0.1 }
  clean:
    - { type: cleanText, columns: [text] }
    - { type: fillMissing, by: mode, columns: [pace] }
    - { type: dropDuplicateRows, columns: [text] }
split: { by: random, fractions: [0.6, 0.2, 0.2] }
inputs: { text: { type: text, column: text, encoder: { type: ngrams, buckets: 256, width: 8 } } }
tasks:
  kind: { type: classify, column: kind }
  pace: { type: classify, column: pace }
train: { epochs: 1, batch: 8 }
device: onnx
`;

const run = (...words_: readonly string[]): Promise<Ended> => polytask(words_, { cwd: folder });
const read = (...path: string[]) => readFile(join(folder, ...path), 'utf8');
const lines = (text: string) => text.trim().split('\n');

describe('the group of commands', () => {
  it('shows its commands when it is called alone, and guesses what a misspelt one was to be', async () => {
    const alone = await run('data');
    expect(alone.code).toBe(2);
    for (const verb of ['report', 'clean', 'split', 'preview']) expect(alone.err).toContain(`\n  ${verb} `);
    expect(await run('data', 'reprot')).toMatchObject({
      code: 2,
      err: 'E1001 Unknown command "reprot". Did you mean "report"? See `polytask data --help`.\n',
    });
    expect(await run('data', 'report')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1003 .*polytask data report --help/),
    });
    expect((await run('data', 'report', 'people.csv', '--limit', 'all')).err).toMatch(/^E1005 .*positive whole number/);
  });
});

describe('data report', () => {
  it('reports on a data file, with the columns that are said to be labels', async () => {
    const ended = await run('data', 'report', 'people.csv', '--task', 'income', '--out', 'people.html', '--json');
    expect(ended).toMatchObject({ code: 0 });
    const { file, facts } = lastLine<{ file: string; facts: DataFacts }>(ended);
    expect(file).toBe('people.html');
    expect(facts).toMatchObject({
      rows: 6,
      parts: [{ part: 'all', rows: 6 }],
      overlap: { tasks: ['income'], counts: [[6]] },
    });
    expect(facts.columns.find(({ column }) => column === 'age')).toMatchObject({
      holds: 'numbers',
      missing: 1,
      rewritten: 1,
    });
    expect(facts.repeated[0]).toMatchObject({ of: 'rows', groups: 1, rows: 2 });
    const page = await read('people.html');
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/<script|<p>likes/);
    expect(page).toContain('people.csv');
    expect(page).not.toContain(folder);
  });

  it('reports on a run: its parts, leaks between them, and what cleaning changes', async () => {
    const ended = await run('data', 'report', 'mail/run.yaml', '--out', 'mail.html', '--json');
    const { facts } = lastLine<{ facts: DataFacts }>(ended);
    expect(facts.rows).toBe(42);
    expect(facts.parts.map(({ part }) => part)).toEqual(['train', 'validation', 'test']);
    expect(facts.groups).toMatchObject([{ column: 'sender', distinct: 10 }]);
    expect(facts.groups[0]!.leaks.length).toBeGreaterThan(0);
    expect(facts.cleaning!.steps.map(({ step, rowsAfter }) => [step, rowsAfter])).toEqual([
      ['clean text', 42],
      ['fill missing', 42],
      ['drop duplicate rows', 40],
    ]);
    expect(facts.quarantine).toMatchObject({
      rows: 3,
      examples: [{ row: 'row 43', problem: { code: 'E2115' } }, {}, {}],
    });
    expect(await read('mail.html')).toContain('Distributions before and after cleaning');
    expect(ended.err).toMatch(/note E2322 sender/);
  });

  it('says when it is about the first rows only', async () => {
    const ended = await run('data', 'report', 'people.csv', '--limit', '4', '--out', 'four.html');
    expect(ended.out).toContain('only the first 4 rows of each file');
    expect(await read('four.html')).toContain('Only the first 4 rows of the data were read');
    expect((await run('data', 'report', 'people.csv', '--limit', '6', '--out', 'six.html')).out).not.toContain(
      'only the first',
    );
  });

  it('refuses what cannot be meant', async () => {
    expect(await run('data', 'report', 'people.csv', '--task', 'incom')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1404 --task.*incom/),
    });
    expect(await run('data', 'report', 'mail/run.yaml', '--task', 'kind')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1031/),
    });
    expect(await run('data', 'report', 'people.csv', '--set', 'a=b')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1031/),
    });
    expect(await run('data', 'report', 'people.csv', '--out', 'people.csv')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1024/),
    });
    expect(await run('data', 'report', 'people.txt')).toMatchObject({ code: 2, err: expect.stringMatching(/^E1403/) });
    await writeFile(join(folder, 'none.csv'), '');
    expect(await run('data', 'report', 'none.csv')).toMatchObject({ code: 3, err: expect.stringMatching(/^E2102/) });
    expect(await read('people.csv')).toBe(people);
  });
});

describe('data clean', () => {
  const steps = [
    '--step',
    'cleanText',
    '--step',
    '{type: fillMissing, by: median, columns: [age], flag: true}',
    '--step',
    'dropDuplicateRows',
  ];

  it('changes what the steps change and leaves all other cells as they are written', async () => {
    const ended = await run('data', 'clean', 'people.csv', '--out', 'clean', ...steps);
    expect(ended).toMatchObject({ code: 0, out: expect.stringContaining('statistics come from all rows') });
    expect(lines(await read('clean', 'people.csv'))).toEqual([
      'id,age,job,bio,income,age was missing',
      '1,34,nurse," likes tea & rain ",low,0',
      '2,31,nurse,plain words,high,1',
      '3,1 200,N/A,"a ""quoted"" one, too",low,0',
      '4,28.0,cook,plain words,high,0',
      '5,31,cook,=1+1,low,0',
    ]);
    const report = JSON.parse(await read('clean', 'cleaning.json'));
    expect(report).toMatchObject({ fittedTo: 'all rows', rowsBefore: 6, rowsAfter: 5 });
    expect(report.steps[1].columns.age.examples).toEqual([{ row: 2, before: null, after: 31 }]);
    const away = lines(await read('clean', 'quarantine.jsonl')).map((line) => JSON.parse(line));
    expect(away).toMatchObject([
      { file: 'people.csv', row: 6, step: 'drop duplicate rows', problem: { code: 'E2231' } },
    ]);
  });

  it('writes other formats, in which numbers are numbers, and coerces cells when that is a step', async () => {
    await run('data', 'clean', 'people.csv', '--out', 'lines', '--step', 'cleanText', '--format', 'jsonl');
    expect(JSON.parse(lines(await read('lines', 'people.jsonl'))[2]!)).toEqual({
      id: 3,
      age: 1200,
      job: 'N/A',
      bio: 'a "quoted" one, too',
      income: 'low',
    });
    await run('data', 'clean', 'people.csv', '--out', 'plain', '--step', 'coerceTypes');
    expect(lines(await read('plain', 'people.csv')).map((line) => line.split(',')[1])).toEqual([
      'age',
      '34',
      '',
      '1200',
      '28',
      '31',
      '31',
    ]);
    await run('data', 'clean', 'people.csv', '--out', 'parquet', '--step', 'cleanText', '--format', 'parquet');
    const again = await run('data', 'report', 'parquet/people.parquet', '--out', 'parquet.html', '--json');
    expect(lastLine<{ facts: DataFacts }>(again).facts.rows).toBe(6);
  });

  it('takes the steps of a run, fitted to its training rows', async () => {
    const ended = await run('data', 'clean', 'mail/run.yaml', '--out', 'mail/clean', '--json');
    expect(lastLine(ended)).toMatchObject({ setAside: 3, rowsBefore: 42, rowsAfter: 40, fittedTo: 'training rows' });
    const cleaned = lines(await read('mail', 'clean', 'mail.csv'));
    expect(cleaned).toHaveLength(41);
    expect(cleaned.some((line) => line.includes('<b>') || line.includes(',,'))).toBe(false);
    const away = lines(await read('mail', 'clean', 'quarantine.jsonl')).map((line) => JSON.parse(line));
    expect(away.map(({ row, step }) => [row, step])).toContainEqual([43, 'reading']);
  });

  it('refuses to do nothing, to replace the data, and steps that are wrong, all at once', async () => {
    expect(await run('data', 'clean', 'people.csv', '--out', 'x')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1032/),
    });
    expect(await run('data', 'clean', 'people.csv', '--out', '.', '--step', 'cleanText')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1024/),
    });
    expect(await run('data', 'clean', 'people.csv')).toMatchObject({ code: 2, err: expect.stringContaining('--out') });
    const wrong = await run(
      'data',
      'clean',
      'people.csv',
      '--out',
      'x',
      '--step',
      'cleenText',
      '--step',
      '{type: fillMissing}',
      '--step',
      '{',
    );
    expect(wrong.code).toBe(2);
    expect(wrong.err).toMatch(/E1206 type \(--step cleenText\).*"cleanText".*\nE120\d by .*\nE1201 --step \{/);
    expect(
      await run('data', 'clean', 'people.csv', '--out', 'x', '--step', '{type: cleanText, columns: [boi]}'),
    ).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1214 .*Did you mean "bio"\?/),
    });
    expect(await readdir(folder)).not.toContain('x');
  });
});

describe('data split', () => {
  it('writes the rows of each part as they stand in the data, and the lock that brings them back', async () => {
    const ended = await run('data', 'split', 'mail/run.yaml', '--out', 'parts', '--json', '--quiet');
    expect(ended.code).toBe(0);
    const { files, rows, unreadable } = lastLine<{
      files: { part: string; rows: number }[];
      rows: number;
      unreadable: number;
    }>(ended);
    expect([files.map(({ part }) => part), rows, unreadable]).toEqual([['train', 'validation', 'test'], 42, 1]);
    const texts = await Promise.all(files.map(({ part }) => read('parts', `${part}.csv`)));
    expect(texts.flatMap((text) => lines(text).slice(1)).sort()).toEqual(
      mail
        .slice(1, 43)
        .map((cells) => cells.join(','))
        .sort(),
    );
    expect(lines(await read('parts', 'quarantine.jsonl'))).toHaveLength(1);
    const again = await run(
      'data',
      'split',
      'mail/run.yaml',
      '--out',
      'again',
      '--set',
      'split={ by: lock, file: ../parts/split.lock.json }',
      '--format',
      'jsonl',
    );
    expect(again.code).toBe(0);
    const ids = lines(await read('again', 'test.jsonl')).map((line) => JSON.parse(line).id);
    expect(ids).toEqual(
      lines(texts[2]!)
        .slice(1)
        .map((line) => line.split(',')[0]),
    );
  });

  it('warns loudly of senders on both sides, also when it is to be quiet, and has nothing to warn of by group', async () => {
    const ended = await run('data', 'split', 'mail/run.yaml', '--out', 'parts', '--quiet');
    expect(ended.err).toMatch(/^WARNING: parts share what they should not \(\d leaks?\).*\n {2}E2322 sender/);
    const grouped = ['--set', 'split={ by: group, column: sender, fractions: [0.6, 0.2, 0.2] }'];
    const whole = await run('data', 'split', 'mail/run.yaml', '--out', 'groups', '--quiet', ...grouped);
    expect(whole).toMatchObject({ code: 0, err: '' });
    const senders = await Promise.all(
      ['train', 'validation', 'test'].map(
        async (part) =>
          new Set(
            lines(await read('groups', `${part}.csv`))
              .slice(1)
              .map((line) => line.split(',')[4]),
          ),
      ),
    );
    expect(senders.reduce((sum, { size }) => sum + size, 0)).toBe(10);
  });

  it('needs a run file, and never replaces the data', async () => {
    expect(await run('data', 'split', 'people.csv', '--out', 'x')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1033/),
    });
    await writeFile(
      join(folder, 'mail', 'train.csv'),
      mail
        .slice(0, 20)
        .map((cells) => cells.join(','))
        .join('\n'),
    );
    expect(await run('data', 'split', 'mail/run.yaml', '--out', 'mail', '--data', 'mail/train.csv')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1024/),
    });
  });
});

describe('data preview', () => {
  it('writes a page of the first rows as the model will see them', async () => {
    const augment = ['--set', 'inputs.text.augment=[{ type: typoNoise }]'];
    const ended = await run(
      'data',
      'preview',
      'mail/run.yaml',
      '--out',
      'preview',
      '--rows',
      '5',
      '--json',
      ...augment,
    );
    expect(ended.code).toBe(0);
    const { rows, augmented } = lastLine<{
      rows: { id: string; part: string; text: { raw: string; cleaned: string } }[];
      augmented: unknown[];
    }>(ended);
    expect(rows.map(({ id }) => id)).toEqual(['m0', 'm1', 'm2', 'm3', 'm4']);
    expect(rows[2]!.text.raw).toBe(`<b>${rows[2]!.text.cleaned.trim()}</b>`);
    expect(augmented.length).toBeGreaterThan(0);
    const page = await read('preview', 'preview.html');
    expect(page).toContain('Contact sheet');
    expect(page).not.toContain('<b>');
  });

  it('needs a run file', async () => {
    expect(await run('data', 'preview', 'people.csv', '--out', 'x')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^E1033/),
    });
  });
});
