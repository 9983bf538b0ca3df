import { PolytaskError } from '@polytask/base';
import { row } from './rows.ts';
import type { Source } from './types.ts';

export type FolderOptions = {
  /** What a row is labelled with: the folder that the file stands in, or nothing. Default: folder. */
  readonly labels?: 'folder' | 'none';
};

/** The first bytes of a file kind, null where any byte may stand. */
const signatures = {
  png: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  jpeg: [0xff, 0xd8, 0xff],
  wav: [0x52, 0x49, 0x46, 0x46, null, null, null, null, 0x57, 0x41, 0x56, 0x45],
} as const;

/**
 * The images of a folder and of the folders in it, in the order of their paths: `{ path, file, label, type }`, `file` being the path
 * within the folder (what a table that is joined to it names), the label the name of the folder that the file stands in (null in the folder itself). PNG and JPEG are told apart by their first bytes, not by their names.
 *
 * Files of image names that are no images, and files that cannot be read, are bad rows (E2150, E2156); other files are passed over.
 * Links to folders are followed once: a folder is visited by its real path.
 *
 * @throws PolytaskError while reading: E1401 no such folder · E2160 no image in it.
 */
export const imageFolder = (path: string, options: FolderOptions = {}): Source =>
  folder(path, options, {
    kinds: ['png', 'jpeg'],
    named: /\.(png|jpe?g)$/i,
    what: 'image',
    expected: 'a PNG or JPEG image',
  });

/** The WAV files of a folder, as `imageFolder` gives images. */
export const soundFolder = (path: string, options: FolderOptions = {}): Source =>
  folder(path, options, { kinds: ['wav'], named: /\.wave?$/i, what: 'WAV file', expected: 'a WAV file' });

type Wanted = {
  readonly kinds: readonly (keyof typeof signatures)[];
  readonly named: RegExp;
  readonly what: string;
  readonly expected: string;
};

function folder(root: string, { labels = 'folder' }: FolderOptions, { kinds, named, what, expected }: Wanted): Source {
  return {
    name: root,
    async *[Symbol.asyncIterator]() {
      const { basename, dirname, relative, sep } = globalThis.process.getBuiltinModule('node:path');
      let count = 0;
      for await (const path of filesIn(root)) {
        if (!named.test(path)) continue;
        count++;
        const place = { row: count, line: count };
        const head = await firstBytes(path);
        if (typeof head === 'string') {
          yield { ...place, bad: { code: 'E2156', file: path, row: count, message: `Cannot be read: ${head}.` } };
          continue;
        }
        const type = kinds.find((kind) => signatures[kind].every((byte, at) => byte === null || head[at] === byte));
        if (!type) {
          const found = head.length === 0 ? 'an empty file' : 'other content';
          const message = `Expected ${expected}. Found ${found}.`;
          yield { ...place, bad: { code: 'E2150', file: path, row: count, message } };
          continue;
        }
        const values = row();
        const parent = dirname(path);
        values.path = path;
        values.file = relative(root, path).split(sep).join('/');
        values.label = labels === 'folder' && parent !== root ? basename(parent) : null;
        values.type = type;
        yield { ...place, values };
      }
      if (count === 0)
        throw new PolytaskError('data', { code: 'E2160', file: root, message: `The folder holds no ${what}.` });
    },
  };
}

/** Files below a folder, sorted by path. */
async function* filesIn(root: string): AsyncGenerator<string> {
  const fs = globalThis.process.getBuiltinModule('node:fs').promises;
  const { join } = globalThis.process.getBuiltinModule('node:path');
  const seen = new Set<string>();
  async function* walk(folder: string): AsyncGenerator<string> {
    const real = await fs.realpath(folder);
    if (seen.has(real)) return;
    seen.add(real);
    for (const name of (await fs.readdir(folder)).sort()) {
      const path = join(folder, name);
      const found = await fs.stat(path).catch(() => undefined); // a link to nothing: reading it says so
      if (found?.isDirectory()) yield* walk(path);
      else if (!found || found.isFile()) yield path;
    }
  }
  const found = await fs.stat(root).catch(() => undefined);
  if (!found?.isDirectory())
    throw new PolytaskError('usage', { code: 'E1401', file: root, message: 'No such folder.' });
  yield* walk(root);
}

/** The first twelve bytes, or why there are none. */
async function firstBytes(path: string): Promise<Uint8Array | string> {
  const fs = globalThis.process.getBuiltinModule('node:fs').promises;
  try {
    const handle = await fs.open(path, 'r');
    try {
      const { bytesRead, buffer } = await handle.read(new Uint8Array(12), 0, 12, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    return (error as Error).message;
  }
}
