import { type HostTensor, PolytaskError, readSafetensors, safetensorsParts } from '@polytask/base';

/** Named groups of tensors (`weights`, `optimizer`, …) and everything else as JSON. */
export type Checkpoint = {
  readonly tensors: Readonly<Record<string, ReadonlyMap<string, HostTensor>>>;
  readonly state: unknown;
};

type Proof = { readonly bytes: number; readonly sha256: string };

type Manifest = { readonly format: 1; readonly files: Readonly<Record<string, Proof>> };

const manifestName = 'manifest.json';

/** A module of Node's own without an import statement, so that bundles for the browser need no stand-in for it. */
function node<Name extends 'node:crypto' | 'node:fs' | 'node:path'>(name: Name) {
  const module = globalThis.process?.getBuiltinModule?.(name);
  if (!module) throw new PolytaskError('usage', { code: 'E6102', message: 'Checkpoints are folders: they need Node.' });
  return module;
}

const files = () => node('node:fs').promises;
const join = (...parts: string[]): string => node('node:path').join(...parts);

/**
 * Writes a checkpoint as a folder that exists either whole or not at all.
 *
 * The folder around it must exist, and the tensors must stay as they are until it is written: they are not copied. The files are written
 * aside and synced, their manifest (sizes and SHA-256) last, and the folder is renamed into place. Equal contents give equal bytes.
 *
 * @throws PolytaskError E6102 in a browser.
 */
export async function writeCheckpoint(folder: string, { tensors, state }: Checkpoint): Promise<void> {
  const { mkdir, rename, rm } = files();
  const aside = `${folder}.writing-${process.pid}`;
  await rm(aside, { recursive: true, force: true });
  await mkdir(aside);
  const contents: Record<string, Iterable<Uint8Array>> = { 'state.json': [json(state)] };
  for (const [name, group] of Object.entries(tensors)) contents[`${name}.safetensors`] = safetensorsParts(group);
  const proofs: Record<string, Proof> = {};
  for (const [name, parts] of Object.entries(contents)) proofs[name] = await writeSynced(join(aside, name), parts);
  await writeSynced(join(aside, manifestName), [json({ format: 1, files: proofs } satisfies Manifest)]);
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
  const names = await files()
    .readdir(parent)
    .catch(() => []);
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
  const names = await files()
    .readdir(parent)
    .catch(() => []);
  const steps = names.flatMap((name) => /^ckpt-(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  const old = steps
    .sort((a, b) => b - a)
    .slice(count)
    .map((step) => `ckpt-${step}`);
  for (const name of [...old, ...names.filter((name) => name.includes('.writing-'))]) {
    await files().rm(join(parent, name), { recursive: true, force: true });
  }
}

async function proven(folder: string): Promise<Map<string, Uint8Array>> {
  const fail = (message: string, cause?: unknown): never => {
    throw new PolytaskError('usage', { code: 'E6101', file: folder, message }, { cause });
  };
  const { readFile } = files();
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

const sha256 = (bytes: Uint8Array): string => node('node:crypto').createHash('sha256').update(bytes).digest('hex');

/** Writes the parts of a file, one after the other. */
async function writeSynced(path: string, parts: Iterable<Uint8Array>): Promise<Proof> {
  const file = await files().open(path, 'w');
  const hash = node('node:crypto').createHash('sha256');
  let length = 0;
  try {
    for (const part of parts) {
      await file.writeFile(part); // goes on where the part before ended
      hash.update(part);
      length += part.length;
    }
    await file.sync();
    return { bytes: length, sha256: hash.digest('hex') };
  } finally {
    await file.close();
  }
}

/** Makes a rename durable. Folders cannot be opened on Windows, where the file system does that itself. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await files().open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}
