import { stat } from 'node:fs/promises';
import { PolytaskError } from '@polytask/base';
import { imageFolder, openSource, type Source, soundFolder } from '@polytask/data';

/** A file or folder that can be read again and again. */
export type OpenedFile = { readonly open: () => Source; readonly isFolder: boolean };

/**
 * A data file, or a folder of images or else of sounds, whose rows have `path`, `label` (the name of their folder) and `type`.
 *
 * @throws PolytaskError data E2160 for a folder with none of them.
 */
export async function openFile(
  path: string,
  { encoding }: { readonly encoding?: 'utf-8' | 'latin1' } = {},
): Promise<OpenedFile> {
  const found = await stat(path).catch(() => undefined); // what is wrong with it is told while reading
  if (!found?.isDirectory()) return { open: () => openSource(path, encoding ? { encoding } : {}), isFolder: false };
  for (const open of [() => imageFolder(path), () => soundFolder(path)])
    if (!(await isWithout(open()))) return { open, isFolder: true };
  const message = 'The folder holds no PNG, JPEG or WAV file.';
  throw new PolytaskError('data', { code: 'E2160', file: path, message });
}

/** Whether a folder has no file of a kind. */
async function isWithout(folder: Source): Promise<boolean> {
  try {
    for await (const _ of folder) break;
    return false;
  } catch (error) {
    if (PolytaskError.is(error) && error.code === 'E2160') return true;
    throw error;
  }
}
