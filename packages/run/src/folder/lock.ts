import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { names } from './files.ts';

type Owner = { readonly pid: number; readonly host: string };

/**
 * Makes this process the only one that writes to a run folder; disposing ends that. The lock of a process that is gone is taken over.
 *
 * @throws PolytaskError E6002 when another process has it.
 */
export async function lockFolder(folder: string): Promise<AsyncDisposable> {
  const path = join(folder, names.lock);
  const content = JSON.stringify({ pid: process.pid, host: hostname() } satisfies Owner);
  for (;;) {
    try {
      await writeFile(path, content, { flag: 'wx' });
      return { [Symbol.asyncDispose]: () => rm(path, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const owner = await readOwner(path);
    if (owner && (owner.host !== hostname() || isAlive(owner.pid))) {
      throw new PolytaskError('usage', {
        code: 'E6002',
        file: folder,
        message: `Process ${owner.pid} on ${owner.host} is writing to this run.`,
        fix: `Wait for it. If it is gone, delete ${path}.`,
      });
    }
    await rm(path, { force: true });
  }
}

/** Undefined when the file vanished or is torn. */
async function readOwner(path: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
