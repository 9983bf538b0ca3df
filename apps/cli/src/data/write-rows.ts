import { basename, extname, join, resolve } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { type Values, writeCsv, writeJsonl, writeParquet } from '@polytask/data';

export type RowFormat = 'csv' | 'tsv' | 'jsonl' | 'parquet';

export const rowFormats: readonly RowFormat[] = ['csv', 'tsv', 'jsonl', 'parquet'];

/** The format of a data file as it is written: ARFF, which is not written, becomes CSV. */
export function formatOf(file: string): RowFormat {
  const extension = extname(file).slice(1).toLowerCase();
  if (extension === 'ndjson') return 'jsonl';
  return rowFormats.find((format) => format === extension) ?? 'csv';
}

/** Whether the cells of a file have types of their own. */
export const isTyped = (format: RowFormat): boolean => format === 'jsonl' || format === 'parquet';

/** Writes rows in a format. @throws PolytaskError E2141 to E2143 cells that the format cannot hold. */
export async function writeRows(
  format: RowFormat,
  file: string,
  columns: readonly string[],
  rows: AsyncIterable<Values>,
): Promise<number> {
  if (format === 'csv' || format === 'tsv')
    return writeCsv(rows, file, { columns, delimiter: format === 'tsv' ? '\t' : ',' });
  if (format === 'jsonl') return writeJsonl(rows, file);
  let count = 0;
  async function* counted() {
    for await (const row of rows) {
      count++;
      yield row;
    }
  }
  await writeParquet(file, counted());
  return count;
}

/** A file in a folder for each source, under its own name; numbered where two files in different folders share it. */
export function outputFiles(folder: string, sources: readonly string[], format: RowFormat | undefined): string[] {
  const names = sources.map((file) => `${basename(file, extname(file))}.${format ?? formatOf(file)}`);
  const files = names.map((name, at) => join(folder, names.indexOf(name) === at ? name : `${at + 1}-${name}`));
  for (const [at, file] of files.entries()) refuseReplacing(file, [sources[at]!]);
  return files;
}

/** @throws PolytaskError usage E1024 when a file is one of those that are read. */
export function refuseReplacing(file: string, read: readonly string[]): void {
  if (!read.some((source) => resolve(source) === resolve(file))) return;
  const fix = 'Give --out another name.';
  throw new PolytaskError('usage', { code: 'E1024', file, message: 'The output would replace the data.', fix });
}
