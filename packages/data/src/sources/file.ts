import { nearest, PolytaskError } from '@polytask/base';

/** Node's own modules without an import statement, so that bundles for the browser need no stand-in for them. */
function node<Name extends 'node:fs' | 'node:path'>(name: Name) {
  const module = globalThis.process?.getBuiltinModule?.(name);
  if (!module) throw new PolytaskError('usage', { code: 'E1405', message: 'Files can be read by path in Node only.' });
  return module;
}

/**
 * The bytes of a file, 256 kB at a time.
 *
 * @throws PolytaskError E1401 no such file · E1402 a folder · E1405 not in Node · E2101 no permission.
 */
export async function openFile(path: string): Promise<AsyncIterable<Uint8Array>> {
  const fs = node('node:fs');
  try {
    const found = await fs.promises.stat(path);
    if (found.isDirectory()) throw await folderInstead(path);
    const handle = await fs.promises.open(path, 'r');
    return handle.createReadStream({ highWaterMark: 256 * 1024 });
  } catch (error) {
    if (PolytaskError.is(error)) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw await missing(path);
    const message = `Cannot be read: ${(error as Error).message}.`;
    throw new PolytaskError('data', { code: 'E2101', file: path, message }, { cause: error });
  }
}

async function missing(path: string): Promise<PolytaskError> {
  const { basename, dirname, join } = node('node:path');
  const folder = dirname(path);
  const names = await namesIn(folder);
  if (!names) {
    const fix = 'Paths are relative to the working directory.';
    return new PolytaskError('usage', { code: 'E1401', file: path, message: `The folder ${folder} is missing.`, fix });
  }
  const guess = nearest(basename(path), names);
  const fix = guess ? `Did you mean "${join(folder, guess)}"?` : listing(names);
  return new PolytaskError('usage', { code: 'E1401', file: path, message: 'No such file.', fix });
}

async function folderInstead(path: string): Promise<PolytaskError> {
  const names = (await namesIn(path)) ?? [];
  const message = 'Expected a file. Found a folder.';
  return new PolytaskError('usage', { code: 'E1402', file: path, message, fix: listing(names) });
}

const listing = (names: readonly string[]) =>
  names.length === 0
    ? 'The folder is empty.'
    : `The folder holds: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ', …' : ''}.`;

async function namesIn(folder: string): Promise<string[] | undefined> {
  try {
    return (await node('node:fs').promises.readdir(folder)).sort();
  } catch {
    return undefined;
  }
}
