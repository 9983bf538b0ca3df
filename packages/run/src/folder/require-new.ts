import { readdir } from 'node:fs/promises';
import { PolytaskError, quote } from '@polytask/base';
import { makeFolder } from './make-folder.ts';

/** Makes the folder. @throws PolytaskError usage E1221 when files are there, E6007 when it cannot be made. */
export async function requireNew(folder: string): Promise<void> {
  await makeFolder(folder);
  const found = await readdir(folder);
  if (found.length === 0) return;
  throw new PolytaskError('usage', {
    code: 'E1221',
    file: folder,
    message: `Expected a new or empty folder. Found ${quote(found[0])} in it.`,
    fix: 'Choose another name, or delete what is there.',
  });
}
