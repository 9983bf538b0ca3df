import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { splitLock } from '@polytask/data';
import type { Device } from '@polytask/engine';
import { partOrder } from '../data/split-data.ts';
import type { Prepared } from '../prepare.ts';
import { environment } from './environment.ts';
import { names, unwritable, writeJson, writeWhole } from './files.ts';
import { makeFolder } from './make-folder.ts';

/** Makes the folder `<out>/<utc>-<name>-<4 hex>` of a new run and writes what is known before training. */
export async function createFolder(prepared: Prepared, device: Device, threads: number, out: string): Promise<string> {
  const { run, whole, cleaning, splitNotes, fingerprint, specs, labelCounts } = prepared;
  // examples that cleaning drops still have a part: the lock is for the data as it is
  const { data, split } = whole;
  const quarantine = [...data.quarantine, ...(cleaning?.quarantine ?? [])];
  await makeFolder(out);
  const utc = new Date().toISOString().replace(/[-:]/g, '').replace(/\.\d+/, '');
  const folder = await newFolder(join(resolve(out), `${utc}-${run.config.name}`));
  try {
    for (const name of [names.checkpoints, names.predictions]) await mkdir(join(folder, name));
    await writeFile(join(folder, names.metrics), '');
    await writeJson(join(folder, names.data), {
      fingerprint,
      examples: data.examples.length,
      quarantined: quarantine.length,
      labels: Object.fromEntries(
        Object.entries(labelCounts).map(([task, counts]) => [task, Object.fromEntries(counts)]),
      ),
      parts: { train: split.train.length, validation: split.validation.length, test: split.test.length },
    } satisfies DataRecord);
    const ordered = partOrder.map((part) => split[part]);
    const allIds = data.examples.map(({ id }) => id);
    await writeJson(
      join(folder, names.split),
      await splitLock({ parts: ordered, notes: splitNotes }, allIds, { names: [...partOrder] }),
    );
    await writeJson(join(folder, names.environment), environment(device, threads));
    await writeJson(join(folder, names.specs), specs);
    if (cleaning) await writeJson(join(folder, names.cleaning), cleaning.report);
    if (quarantine.length > 0)
      await writeWhole(join(folder, names.quarantine), quarantine.map((row) => `${JSON.stringify(row)}\n`).join(''));
    await writeJson(join(folder, names.config), run.config); // last: a folder with it is a run folder
  } catch (error) {
    throw unwritable(folder, error);
  }
  return folder;
}

/** Makes `<start>-<4 hex>`; digits that another run of the same second has are drawn again. */
async function newFolder(start: string): Promise<string> {
  for (;;) {
    const folder = `${start}-${randomBytes(2).toString('hex')}`;
    try {
      await mkdir(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unwritable(folder, error);
    }
  }
}

/** What `data.json` holds. */
export type DataRecord = {
  readonly fingerprint: string;
  readonly examples: number;
  readonly quarantined: number;
  /** Training labels by task and label. */
  readonly labels: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Examples of each part. Their ids are in the lock of the split, those of the test part hashed. */
  readonly parts: Readonly<Record<'train' | 'validation' | 'test', number>>;
};
