import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type HostTensor, PolytaskError, readSafetensors, writeSafetensors } from '@polytask/base';

/** Named groups of tensors (`weights`, `optimizer`, …) and everything else as JSON. */
export type Checkpoint = {
  readonly tensors: Readonly<Record<string, ReadonlyMap<string, HostTensor>>>;
  readonly state: unknown;
};

type Manifest = {
  readonly format: 1;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
};

const manifestName = 'manifest.json';

/**
 * Writes a checkpoint as a folder that exists either whole or not at all.
 *
 * The folder around it must exist. The files are written aside and synced, their manifest (sizes and SHA-256) last, and the folder is renamed into place. Equal contents
 * give equal bytes.
 */
export async function writeCheckpoint(folder: string, { tensors, state }: Checkpoint): Promise<void> {
  const aside = `${folder}.writing-${process.pid}`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside);
  const contents: Record<string, Uint8Array> = { 'state.json': json(state) };
  for (const [name, group] of Object.entries(tensors)) contents[`${name}.safetensors`] = writeSafetensors(group);
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const [name, bytes] of Object.entries(contents)) {
    await writeSynced(join(aside, name), bytes);
    files[name] = { bytes: bytes.length, sha256: sha256(bytes) };
  }
  await writeSynced(join(aside, manifestName), json({ format: 1, files } satisfies Manifest));
  await syncFolder(aside);
  // rename does not replace a folder that is not empty; between the two calls an older checkpoint still stands
  await rm(folder, { recursive: true, force: true });
  await rename(aside, folder);
  await syncFolder(join(folder, '..'));
}

/** Reads a checkpoint. @throws PolytaskError E6101 when its manifest is missing or does not prove its files. */
export async function readCheckpoint(folder: string): Promise<Checkpoint> {
  const contents = await proven(folder);
  const tensors: Record<string, Map<string, HostTensor>> = {};
  for (const [name, bytes] of contents) {
    if (name.endsWith('.safetensors')) tensors[name.slice(0, -'.safetensors'.length)] = readSafetensors(bytes).tensors;
  }
  return { tensors, state: JSON.parse(new TextDecoder().decode(contents.get('state.json'))) };
}

/** The whole checkpoint with the highest step among `ckpt-<step>` folders, or undefined. Torn ones are passed over. */
export async function latestCheckpoint(
  parent: string,
): Promise<{ folder: string; step: number; checkpoint: Checkpoint } | undefined> {
  const names = await readdir(parent).catch(() => []);
  const steps = names.flatMap((name) => /^ckpt-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  for (const step of steps.sort((a, b) => b - a)) {
    const folder = join(parent, `ckpt-${step}`);
    try {
      return { folder, step, checkpoint: await readCheckpoint(folder) };
    } catch (error) {
      if (!PolytaskError.is(error) || error.code !== 'E6101') throw error;
    }
  }
  return undefined;
}

/** Deletes all checkpoints but the newest `count`, and what interrupted writes left behind. */
export async function keepNewest(parent: string, count: number): Promise<void> {
  const names = await readdir(parent).catch(() => []);
  const steps = names.flatMap((name) => /^ckpt-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  const old = steps
    .sort((a, b) => b - a)
    .slice(count)
    .map((step) => `ckpt-${step}`);
  for (const name of [...old, ...names.filter((name) => name.includes('.writing-'))]) {
    await rm(join(parent, name), { recursive: true, force: true });
  }
}

async function proven(folder: string): Promise<Map<string, Uint8Array>> {
  const fail = (message: string, cause?: unknown): never => {
    throw new PolytaskError('usage', { code: 'E6101', file: folder, message }, { cause });
  };
  const manifest: Manifest = await readFile(join(folder, manifestName), 'utf8')
    .then(JSON.parse)
    .catch((error) => fail('Not a whole checkpoint: its manifest is missing or broken.', error));
  const contents = new Map<string, Uint8Array>();
  for (const [name, { bytes, sha256: expected }] of Object.entries(manifest.files)) {
    const content = await readFile(join(folder, name)).catch((error) => fail(`Its file ${name} is missing.`, error));
    if (content.length !== bytes || sha256(content) !== expected)
      fail(`Its file ${name} is not what the manifest says.`);
    contents.set(name, content);
  }
  return contents;
}

const json = (value: unknown): Uint8Array => new TextEncoder().encode(`${JSON.stringify(value, null, 1)}\n`);

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes a rename durable. Folders cannot be opened on Windows, where the file system does that itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
