import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSource } from './open-source.ts';
import { readJsonl } from './read-jsonl.ts';
import { all, brief } from './sources.fixture.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'polytask-data-'));
  mkdirSync(join(folder, 'inner.jsonl'));
  writeFileSync(join(folder, 'train.jsonl'), '{"a":1}\n');
  writeFileSync(join(folder, 'train.csv'), 'a,b\n1,2\n');
  writeFileSync(join(folder, 'train.tsv'), 'a\tb\n1\t2\n');
  writeFileSync(join(folder, 'empty.jsonl'), '');
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('openSource', () => {
  it('reads a file as its extension says, as often as it is asked to', async () => {
    const source = openSource(join(folder, 'train.jsonl'));
    expect(await brief(source)).toEqual([{ a: 1 }]);
    expect(await brief(source)).toEqual([{ a: 1 }]);
    expect(await brief(openSource(join(folder, 'train.csv')))).toEqual([{ a: '1', b: '2' }]);
    expect(await brief(openSource(join(folder, 'train.tsv')))).toEqual([{ a: '1', b: '2' }]);
  });

  it('reads a Node stream', async () => {
    expect(await brief(readJsonl(createReadStream(join(folder, 'train.jsonl'))))).toEqual([{ a: 1 }]);
    expect(await brief(readJsonl(createReadStream(join(folder, 'train.jsonl'), 'utf8')))).toEqual([{ a: 1 }]);
  });

  it('says which file may have been meant', async () => {
    await expect(all(openSource(join(folder, 'trian.jsonl')))).rejects.toMatchObject({
      kind: 'usage',
      code: 'E1401',
      message: expect.stringMatching(/No such file\. Did you mean ".*train\.jsonl"\?$/),
    });
    await expect(all(openSource(join(folder, 'none', 'x.csv')))).rejects.toMatchObject({
      message: expect.stringMatching(/The folder .*none is missing\./),
    });
  });

  it('refuses folders, other extensions and empty files', async () => {
    await expect(all(openSource(join(folder, 'inner.jsonl')))).rejects.toMatchObject({
      code: 'E1402',
      message: expect.stringContaining('Found a folder. The folder is empty.'),
    });
    expect(() => openSource('x.jsnl')).toThrow('E1403 x.jsnl: Unknown file type ".jsnl". Did you mean "jsonl"?');
    await expect(all(openSource(join(folder, 'empty.jsonl')))).rejects.toMatchObject({ kind: 'data', code: 'E2102' });
  });
});
