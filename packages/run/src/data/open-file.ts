import { stat } from 'node:fs/promises';
import { PolytaskError } from '@polytask/base';
import { imageFolder, openSource, type Source, soundFolder } from '@polytask/data';

/** A file or folder that can be read again and again. */
export type OpenedFile = { readonly open: () => Source; readonly isFolder: boolean };

/** A data file, or a folder of images or else of sounds, whose rows have `path`, `label` (the name of their folder) and `type`. */
export async function openFile(
  path: string,
  { encoding }: { readonly encoding?: 'utf-8' | 'latin1' } = {},
): Promise<OpenedFile> {
  const found = await stat(path).catch(() => undefined); // what is wrong with it is told while reading
  if (!found?.isDirectory()) return { open: () => openSource(path, encoding ? { encoding } : {}), isFolder: false };
  try {
    for await (const _ of imageFolder(path)) break;
    return { open: () => imageFolder(path), isFolder: true };
  } catch (error) {
    if (!PolytaskError.is(error) || error.code !== 'E2152') throw error;
    return { open: () => soundFolder(path), isFolder: true };
  }
}
