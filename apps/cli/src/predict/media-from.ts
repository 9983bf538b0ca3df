import { stat } from 'node:fs/promises';
import { imageFolder, type Rows, type Source, type SourceRow, soundFolder } from '@polytask/data';

/** The kinds of files that runs read. */
export type MediaKind = 'image' | 'speech';

const folders: Readonly<Record<MediaKind, (path: string) => Source>> = { image: imageFolder, speech: soundFolder };

/** Files as rows of the column of the run's input, folders as all the images or sounds in them. */
export function mediaFrom(paths: readonly string[], kind: MediaKind, column: string): Rows {
  async function* rows(): AsyncGenerator<SourceRow> {
    let row = 0;
    for (const path of paths) {
      if (!(await isFolder(path))) {
        row++;
        yield { row, line: row, values: { [column]: path } };
        continue;
      }
      for await (const found of folders[kind](path)) {
        row++;
        yield 'bad' in found ? { ...found, row } : { row, line: row, values: { [column]: found.values.path! } };
      }
    }
  }
  return rows();
}

export const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
