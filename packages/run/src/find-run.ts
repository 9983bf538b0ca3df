import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { names } from './folder/files.ts';

/**
 * The run folder that `name` means: a path, or `latest` for the newest one in `out`.
 *
 * @throws PolytaskError usage E6001 when there is none.
 */
export async function findRun(name: string, out = 'runs'): Promise<string> {
  if (name !== 'latest') {
    if (await modified(name)) return name;
    const inside = join(out, name);
    if (await modified(inside)) return inside;
    throw new PolytaskError('usage', {
      code: 'E6001',
      file: name,
      message: 'Not a run folder.',
      fix: await listing(out),
    });
  }
  const found: [folder: string, time: number][] = [];
  for (const entry of await readdir(out).catch(() => [])) {
    const time = await modified(join(out, entry));
    if (time) found.push([join(out, entry), time]);
  }
  const newest = found.sort((a, b) => b[1] - a[1])[0];
  if (!newest)
    throw new PolytaskError('usage', {
      code: 'E6001',
      file: out,
      message: 'There is no run in this folder.',
      fix: 'Train one, or name its folder.',
    });
  return newest[0];
}

/** When a run folder was made; undefined for any other folder. */
const modified = (folder: string): Promise<number | undefined> =>
  stat(join(folder, names.config)).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );

async function listing(out: string): Promise<string> {
  const entries = await readdir(out).catch(() => []);
  return entries.length === 0
    ? `There are no runs in ${out}.`
    : `Runs in ${out}: ${entries.sort().slice(-5).join(', ')}.`;
}
