import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PolytaskError, type Problem } from '@polytask/base';
import { applySplitLock, readSplitLock } from '@polytask/data';
import type { Run } from '../config/run.ts';
import { type RunConfig, runSchema } from '../config/schema.ts';
import type { RunData } from '../data/read-data.ts';
import { type Parts, partOrder } from '../data/split-data.ts';
import type { Specs } from '../specs.ts';
import { comparable, differences } from './compare.ts';
import type { DataRecord } from './create.ts';
import { names, readJson } from './files.ts';

/** What a run folder says about its run. */
export type FolderRecord = { readonly run: Run; readonly specs: Specs; readonly data: DataRecord };

/**
 * Reads a run folder.
 *
 * @param given the run file read again, for its objects.
 * @throws PolytaskError E6001 not a run folder · E6004 `given` says something else · E6010 objects are missing.
 */
export async function openFolder(folder: string, given?: Run): Promise<FolderRecord> {
  const parsed = runSchema.safeParse(await readJson(folder, names.config));
  if (!parsed.success) {
    const problems = parsed.error.issues.map(
      ({ path, message }): Problem => ({
        code: 'E6001',
        file: folder,
        path: path.join('.'),
        message: `Its ${names.config} is damaged: ${message}.`,
      }),
    );
    throw new PolytaskError('usage', problems);
  }
  const config = parsed.data;
  if (given) refuseChanges(folder, comparable(config), given.config);
  else refuseCustom(folder, config);
  const [specs, data] = [await readJson<Specs>(folder, names.specs), await readJson<DataRecord>(folder, names.data)];
  return { run: { config, objects: given?.objects ?? { encoders: {}, heads: {} } }, specs, data };
}

/** @throws PolytaskError E6004 naming what changed. */
export function refuseChanges(folder: string, before: unknown, now: RunConfig): void {
  const changes = differences(before, comparable(now));
  if (changes.length === 0) return;
  throw new PolytaskError('usage', {
    code: 'E6004',
    file: folder,
    message: `The configuration changed since the run began: ${changes.join('; ')}.`,
    fix: 'Undo the change, or train a new run.',
  });
}

/**
 * Checks that each example is in the part it was in when the run began, by the folder's lock file. Older folders have none.
 *
 * @throws PolytaskError E2330, E2331 when the ids do not fit or the file is damaged · E6005 when examples changed sides.
 */
export async function refuseOtherSplit(folder: string, { examples }: RunData, parts: Parts): Promise<void> {
  const file = join(folder, names.split);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return;
  const ids = examples.map(({ id }) => id);
  const locked = await applySplitLock(readSplitLock(text, file), ids, { names: [...partOrder], file });
  const moved = partOrder.filter((part, at) => String(parts[part]) !== String(locked.parts[at]));
  if (moved.length === 0) return;
  throw new PolytaskError('usage', {
    code: 'E6005',
    file,
    message: `Examples are in other parts than when the run began: ${moved.join(', ')}.`,
    fix: 'Train a new run; with split: { by: lock } it has the parts of this one.',
  });
}

function refuseCustom(folder: string, { inputs, tasks, balance }: RunConfig): void {
  const inInputs = Object.values(inputs).flatMap((input) => [
    input.encoder,
    ...(('augment' in input && input.augment) || []),
  ]);
  const sections = [...inInputs, ...Object.values(tasks), balance];
  const missing = sections.flatMap((section) => (section.type === 'custom' ? [section.name] : []));
  if (missing.length === 0) return;
  const message = `The run uses objects of its run file: ${missing.join(', ')}.`;
  throw new PolytaskError('usage', {
    code: 'E6010',
    file: folder,
    message,
    fix: 'Give the run file as well: --run-file FILE, or `run` in code.',
  });
}
