import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataFacts } from '@polytask/data';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder } from '../testing/data-files.fixture.ts';
import { type Ended, lastLine, polytask } from '../testing/polytask.ts';

let folder = '';
beforeAll(async () => {
  folder = await dataFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...words: readonly string[]): Promise<Ended> => polytask(words, { cwd: folder });
const read = (...path: string[]) => readFile(join(folder, ...path), 'utf8');
const lines = (text: string) => text.trim().split('\n');

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
