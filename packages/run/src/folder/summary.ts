import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunSummary } from '../results.ts';
import { names } from './files.ts';

/** The summary of a finished run; undefined while it is not finished. */
export async function finishedSummary(folder: string): Promise<RunSummary | undefined> {
  try {
    return JSON.parse(await readFile(join(folder, names.summary), 'utf8')) as RunSummary;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
