import { z } from 'zod';
import { column } from './pieces.ts';

const file = z.string().min(1);
/** A file of a column; with `columns`, whose rows are lists of numbers, each number has a column of its own. */
const idxColumn = z.union(
  [file, z.strictObject({ file, columns: z.array(column).min(1) })],
  'an IDX file, or { file, columns }',
);

/** A data file, a folder of images or sounds, or the IDX files that belong together by the columns they hold: `{ image: …, digit: … }`. */
export const sourceSchema = z.union(
  [file, z.record(column, idxColumn).refine((files) => Object.keys(files).length > 0, 'at least one file')],
  'a file, a folder, or IDX files by column',
);

export type SourceConfig = z.output<typeof sourceSchema>;

/** What stands for a source in messages: its path, or that of the first of its files. */
export function sourceName(source: SourceConfig): string {
  if (typeof source === 'string') return source;
  const [first] = Object.values(source);
  return typeof first === 'string' ? first : first!.file;
}

/** The source with its paths changed. */
export const withPaths = (source: SourceConfig, change: (path: string) => string): SourceConfig =>
  typeof source === 'string'
    ? change(source)
    : Object.fromEntries(
        Object.entries(source).map(([name, one]) => [
          name,
          typeof one === 'string' ? change(one) : { ...one, file: change(one.file) },
        ]),
      );
