import { open, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { PolytaskError } from '@polytask/base';

/** The names in a run folder. */
export const names = {
  config: 'config.json',
  data: 'data.json',
  environment: 'environment.json',
  split: 'split.lock.json',
  specs: 'specs.json',
  metrics: 'metrics.ndjson',
  timings: 'timings.ndjson',
  summary: 'summary.json',
  quarantine: 'quarantine.jsonl',
  cleaning: 'cleaning.json',
  best: 'best',
  checkpoints: 'checkpoints',
  predictions: 'predictions',
  lock: 'lock',
} as const;

/** Writes a file that exists either whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const aside = `${path}.writing-${process.pid}`;
  await writeFile(aside, text);
  const file = await open(aside, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(aside, path);
}

export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeWhole(path, `${JSON.stringify(value, null, 2)}\n`);

/** A JSON file of a run folder. @throws PolytaskError E6001 when it cannot be read. */
export async function readJson<T>(folder: string, name: string): Promise<T> {
  try {
    return JSON.parse(await readFile(join(folder, name), 'utf8')) as T;
  } catch (error) {
    const message =
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `Not a run folder: it has no ${name}.`
        : `Its ${name} cannot be read: ${(error as Error).message}.`;
    throw new PolytaskError(
      'usage',
      { code: 'E6001', file: folder, message, fix: 'A run folder is what `polytask train` made, such as runs/….' },
      { cause: error },
    );
  }
}

export const unwritable = (folder: string, error: unknown): PolytaskError =>
  new PolytaskError(
    'usage',
    {
      code: 'E6007',
      file: folder,
      message: `The output folder cannot be written: ${(error as Error).message}.`,
      fix: `Choose another folder, or make ${dirname(folder)} writable.`,
    },
    { cause: error },
  );
