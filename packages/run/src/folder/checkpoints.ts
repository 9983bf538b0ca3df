import { existsSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type HostTensor, PolytaskError } from '@polytask/base';
import {
  type Checkpoint,
  keepNewest,
  latestCheckpoint,
  type Progress,
  readCheckpoint,
  writeCheckpoint,
} from '@polytask/train';
import type { Standing } from '../session.ts';
import { names } from './files.ts';

/** The JSON part of a checkpoint: no times and no paths, so that equal training gives equal bytes. */
export type CheckpointState = {
  readonly step: number;
  readonly balancer: unknown;
  readonly progress: Progress;
  /** The length of the metrics log that belongs to it. */
  readonly metricsLength: number;
  /** See `comparable`. */
  readonly config: unknown;
  readonly data: string;
  readonly device: { readonly name: string; readonly threads: number };
};

/** What a checkpoint says besides where training stands. */
export type Circumstances = Pick<CheckpointState, 'config' | 'data' | 'device'>;

export async function saveCheckpoint(
  folder: string,
  { weights, optimizer, ...rest }: Standing,
  metricsLength: number,
  circumstances: Circumstances,
  keep: number,
): Promise<string> {
  const parent = join(folder, names.checkpoints);
  const path = join(parent, `ckpt-${rest.step}`);
  const state: CheckpointState = { ...rest, metricsLength, ...circumstances };
  await writeCheckpoint(path, { tensors: { weights, optimizer }, state });
  await keepNewest(parent, keep);
  return path;
}

/** The newest whole checkpoint. @throws PolytaskError E6003 when there is none. */
export async function newestCheckpoint(folder: string): Promise<{ standing: Standing; state: CheckpointState }> {
  const found = await latestCheckpoint(join(folder, names.checkpoints));
  if (!found)
    throw new PolytaskError('usage', {
      code: 'E6003',
      file: folder,
      message: 'The run has no whole checkpoint to go on from.',
      fix: 'Train it anew.',
    });
  const state = found.checkpoint.state as CheckpointState;
  const { weights, optimizer } = found.checkpoint.tensors as Record<
    'weights' | 'optimizer',
    ReadonlyMap<string, HostTensor>
  >;
  const { balancer, step, progress } = state;
  return { standing: { weights, optimizer: optimizer ?? new Map(), balancer, step, progress }, state };
}

export type BestState = { readonly step: number; readonly score: number | null };

export async function saveBest(
  folder: string,
  weights: ReadonlyMap<string, HostTensor>,
  state: BestState,
): Promise<void> {
  await writeCheckpoint(join(folder, names.best), { tensors: { weights }, state });
}

/** The best weights. @throws PolytaskError E6008 when there are none. */
export async function readBest(
  folder: string,
): Promise<{ weights: ReadonlyMap<string, HostTensor>; state: BestState }> {
  const found = await readCheckpoint(join(folder, names.best)).catch((error) => rescued(folder, error));
  return { weights: found.tensors.weights!, state: found.state as BestState };
}

/** Whether there are best weights, as far as names of files tell. */
export async function hasBest(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch(() => []);
  return entries.some(
    (name) => (name === names.best || name.startsWith(aside)) && existsSync(join(folder, name, 'manifest.json')),
  );
}

const aside = `${names.best}.writing-`;

/** A crash between the removal of the old folder and the renaming of the new one leaves the new one, whole, aside. */
async function rescued(folder: string, error: unknown): Promise<Checkpoint> {
  const candidates = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(aside));
  for (const name of candidates) {
    const checkpoint = await readCheckpoint(join(folder, name)).catch(() => undefined);
    if (!checkpoint) continue;
    await rename(join(folder, name), join(folder, names.best)).catch(() => {});
    return checkpoint;
  }
  throw new PolytaskError(
    'usage',
    {
      code: 'E6008',
      file: folder,
      message: 'The run has no weights yet.',
      fix: 'Weights are saved with the first evaluation: train on.',
    },
    { cause: error },
  );
}
