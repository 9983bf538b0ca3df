import { existsSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failure, temporaryFolder } from '../testing/tiny-run.fixture.ts';
import { makeFolder, requireWritable } from './make-folder.ts';

describe('makeFolder', () => {
  it('makes what is missing on the way, also twice and at once', async () => {
    const folder = join(temporaryFolder(), 'a', 'b', 'c');
    await Promise.all([makeFolder(folder), makeFolder(folder)]);
    await makeFolder(folder);
    expect(statSync(folder).isDirectory()).toBe(true);
  });

  it('refuses a file on the way and a link to nowhere', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    symlinkSync(join(folder, 'gone'), join(folder, 'link'));
    for (const path of ['file', 'file/a', 'file/a/b', 'link/a'])
      expect((await failure(() => makeFolder(join(folder, path)))).code, path).toBe('E6007');
    expect(existsSync(join(folder, 'gone'))).toBe(false);
  });
});

describe('requireWritable', () => {
  it('leaves nothing behind', async () => {
    const folder = temporaryFolder();
    await requireWritable(join(folder, 'a', 'b'));
    expect(readdirSync(folder)).toEqual([]);
  });
});

it.runIf(process.platform === 'linux')('refuses a file system that takes no folders, and comes to an end', async () => {
  for (const path of ['/proc/nope', '/proc/nope/deeper'])
    for (const attempt of [makeFolder, requireWritable])
      expect(await failure(() => attempt(path))).toMatchObject({
        kind: 'usage',
        problems: [{ code: 'E6007', file: path }],
      });
});
