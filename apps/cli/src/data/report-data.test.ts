import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFacts } from '@polytask/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, people } from '../testing/data-files.fixture.ts';
import { type Ended, lastLine, polytask } from '../testing/polytask.ts';

let folder = '';
beforeAll(async () => {
  folder = await dataFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...words: readonly string[]): Promise<Ended> => polytask(words, { cwd: folder });
const read = (...path: string[]) => readFile(join(folder, ...path), 'utf8');

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

  it('reads Latin-1 when told, and tells of a folder whose file type gives the label away', async () => {
    await writeFile(join(folder, 'old.csv'), Buffer.from('name,city\nAnn,K\xf6ln\nBob,Z\xfcrich\n', 'latin1'));
    const utf8 = await run('data', 'report', 'old.csv', '--out', 'old.html', '--json');
    expect(lastLine<{ facts: DataFacts }>(utf8).facts.quarantine).toMatchObject({
      rows: 2,
      examples: [{ problem: { code: 'E2110' } }, {}],
    });
    const latin = await run('data', 'report', 'old.csv', '--out', 'old.html', '--json', '--encoding', 'latin1');
    expect(lastLine<{ facts: DataFacts }>(latin).facts.columns[1]!.frequent).toEqual([
      ['Köln', 1],
      ['Zürich', 1],
    ]);
    for (const [label, head] of [
      ['cats', [0xff, 0xd8, 0xff]],
      ['dogs', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
    ] as const) {
      await mkdir(join(folder, 'pets', label), { recursive: true });
      for (let at = 0; at < 6; at++)
        await writeFile(
          join(folder, 'pets', label, `${at}.${label === 'cats' ? 'jpg' : 'png'}`),
          Uint8Array.from([...head, at]),
        );
    }
    const pets = await run('data', 'report', 'pets', '--out', 'pets.html', '--json');
    const { giveAways, classes } = lastLine<{ facts: DataFacts }>(pets).facts;
    expect(classes[0]).toMatchObject({ task: 'label', classes: ['cats', 'dogs'] });
    expect(giveAways[0]!.columns).toMatchObject([{ column: 'type', facet: 'value', score: 1 }]);
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
