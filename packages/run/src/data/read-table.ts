import { type LoadedTable, openSource, type Source, type SourceRow, type TableOptions, tableOf } from '@polytask/data';

/** The rows of files as one table of all their columns. */
export type FileTable = LoadedTable & {
  readonly files: readonly string[];
  /** For each row of the table the place of its file in `files`, and its number in that file. */
  readonly fileOf: Uint32Array;
  readonly rowOf: Uint32Array;
  /** Whether rows beyond the limit were left unread. */
  readonly isCut: boolean;
};

export type FileTableOptions = Omit<TableOptions, 'infersFrom'> & {
  /** At most so many rows of each file are read. */
  readonly limit?: number;
  /** Whether a row of a file may decide what columns hold. Default: all. */
  readonly infersFrom?: (file: number, row: number) => boolean;
  /** Default: `openSource`. */
  readonly open?: (file: string) => Source;
};

/** Reads files as one table. @throws PolytaskError what `openSource` and `tableOf` throw. */
export async function readTable(
  files: readonly string[],
  { limit = Number.POSITIVE_INFINITY, infersFrom, open = openSource, ...options }: FileTableOptions = {},
): Promise<FileTable> {
  const fileAt: number[] = [0];
  const rowAt: number[] = [0];
  let isCut = false;
  // rows are numbered through all files, so that a number stands for one of them
  async function* rows(): AsyncGenerator<SourceRow> {
    for (const [at, file] of files.entries()) {
      for await (const found of open(file)) {
        if (found.row > limit) {
          isCut = true;
          break;
        }
        const row = fileAt.push(at) - 1;
        rowAt.push(found.row);
        yield 'bad' in found ? { ...found, bad: { file, ...found.bad }, row } : { ...found, row };
      }
    }
  }
  const loaded = await tableOf(rows(), {
    ...options,
    ...(infersFrom && { infersFrom: (row) => infersFrom(fileAt[row]!, rowAt[row]!) }),
  });
  return {
    ...loaded,
    files,
    fileOf: loaded.rowNumbers.map((row) => fileAt[row]!),
    rowOf: loaded.rowNumbers.map((row) => rowAt[row]!),
    isCut,
  };
}

/** The first rows of a file. */
export function firstRows(source: Source, limit: number | undefined): Source {
  if (limit === undefined) return source;
  return {
    name: source.name,
    async *[Symbol.asyncIterator]() {
      for await (const found of source) {
        if (found.row > limit) return;
        yield found;
      }
    },
  };
}
