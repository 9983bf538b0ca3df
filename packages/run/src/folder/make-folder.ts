import { mkdir, mkdtemp, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { unwritable } from './files.ts';

/**
 * Makes a folder for output and those around it that are missing, one at a time: where a file system refuses new folders as if the one
 * around them were missing, as /proc does, `mkdir` with `recursive` never ends.
 *
 * @throws PolytaskError E6007 when that is not possible.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    for (const one of (await standing(folder)).missing) {
      // another process may be quicker
      await mkdir(one).catch(async (error) => {
        if (!(await isFolder(one))) throw error;
      });
    }
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** Whether a folder could be made there, found out by making one beside it. @throws PolytaskError E6007 when it could not. */
export async function requireWritable(folder: string): Promise<void> {
  try {
    // what permissions say is not all: file systems are read-only, full, or none
    await rmdir(await mkdtemp(join((await standing(folder)).nearest, '.polytask-check-')));
  } catch (error) {
    throw unwritable(folder, error);
  }
}

/** The nearest folder that exists, and the missing ones below it, the outermost first. */
async function standing(folder: string): Promise<{ nearest: string; missing: readonly string[] }> {
  const missing: string[] = [];
  let here = resolve(folder);
  while (!(await isFolder(here))) {
    const around = dirname(here);
    if (around === here) throw new Error(`there is no ${here}`);
    missing.unshift(here);
    here = around;
  }
  return { nearest: here, missing };
}

/** False where nothing is. @throws Error when something else is there. */
async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (found && !found.isDirectory()) throw new Error(`${path} is a file`);
  return found !== undefined;
}
