import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { hasBest } from './folder/checkpoints.ts';
import { names } from './folder/files.ts';

export type FindRunOptions = {
  /** Takes for `latest` the newest run that has weights to predict with: one that diverged, or ended before its first evaluation, has none. */
  readonly weights?: boolean;
  /** Hears of every newer run that `latest` passed over because it has no weights. */
  readonly onPassedOver?: (folder: string) => void;
};

/**
 * The run folder that `name` means: a path, or `latest` for the newest one in `out`.
 *
 * @throws PolytaskError usage E6001 when there is none · E6008 when none has weights.
 */
export async function findRun(
  name: string,
  out = 'runs',
  { weights = false, onPassedOver = () => {} }: FindRunOptions = {},
): Promise<string> {
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
  const folders = found.sort((a, b) => b[1] - a[1]).map(([folder]) => folder);
  const [newest] = folders;
  if (!newest)
    throw new PolytaskError('usage', {
      code: 'E6001',
      file: out,
      message: 'There is no run in this folder.',
      fix: 'Train one, or name its folder.',
    });
  if (!weights) return newest;
  const passed: string[] = [];
  for (const folder of folders) {
    if (await hasBest(folder)) {
      for (const one of passed) onPassedOver(one);
      return folder;
    }
    passed.push(folder);
  }
  throw new PolytaskError('usage', {
    code: 'E6008',
    file: out,
    message: `No run in this folder has weights yet. Newest: ${basename(newest)}.`,
    fix: 'Weights are saved with the first evaluation: resume a run, or train one.',
  });
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
