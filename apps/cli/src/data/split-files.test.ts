import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, mail } from '../testing/data-files.fixture.ts';
import { type Ended, lastLine, polytask } from '../testing/polytask.ts';

let folder = '';
beforeAll(async () => {
  folder = await dataFolder();
});
afterAll(() => rm(folder, { recursive: true }));

const run = (...words: readonly string[]): Promise<Ended> => polytask(words, { cwd: folder });
const read = (...path: string[]) => readFile(join(folder, ...path), 'utf8');
const lines = (text: string) => text.trim().split('\n');

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
