import { dirname, extname, isAbsolute, resolve } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { type CleaningConfig, openFileTable, openRunTable, type Run, type RunTable, readRunFile } from '@polytask/run';
import { changes } from '../options.ts';

export type OpenDataOptions = {
  readonly set?: readonly string[];
  readonly data?: string;
  readonly limit?: number;
  /** Columns of labels, for a data file. */
  readonly task?: readonly string[];
  /** How a data file is read as text. */
  readonly encoding?: 'utf-8' | 'latin1';
  readonly steps?: CleaningConfig;
};

const runFiles = ['.yaml', '.yml', '.json', '.ts', '.mts', '.js', '.mjs'];

export const isRunFile = (file: string): boolean => runFiles.includes(extname(file).toLowerCase());

/** The table of a run file or of a data file; of the latter without a run. */
export async function openData(
  file: string,
  { limit, task, steps, encoding, ...options }: OpenDataOptions,
): Promise<{ readonly data: RunTable; readonly run?: Run }> {
  const more = { ...(limit !== undefined && { limit }), ...(steps && { steps }) };
  if (isRunFile(file)) {
    if (task || encoding)
      throw new PolytaskError('usage', {
        code: 'E1031',
        message: '--task and --encoding are for data files: a run file says itself which columns are labels.',
        fix: 'Leave them out, or give a data file.',
      });
    const run = await readRunFile(file, changes(options));
    return { run, data: await openRunTable(run, more) };
  }
  if (options.set || options.data !== undefined)
    throw new PolytaskError('usage', {
      code: 'E1031',
      file,
      message: '--set and --data are for run files.',
      fix: 'Give a run file: .yaml, .json or .ts.',
    });
  return { data: await openFileTable(file, { ...more, ...(task && { tasks: task }), ...(encoding && { encoding }) }) };
}

/**
 * What files of rows lack where a run reads images and sounds: of IDX files they have the names, and of others paths, which lead elsewhere from
 * another folder where they are relative.
 *
 * @param out The folder that the rows were written into.
 */
export function namesOfImages(run: Run | undefined, { table, sources: files }: RunTable, out: string): string[] {
  const { data, split, inputs = {} } = run?.config ?? {};
  const moved = files.some(({ file }) => resolve(dirname(file)) !== resolve(out));
  const relative = Object.values(inputs).flatMap((input) => {
    if (!moved || (input.type !== 'image' && input.type !== 'speech')) return [];
    const cells = Object.hasOwn(table.columns, input.column) ? table.columns[input.column]! : undefined;
    const isRelative = cells?.type === 'text' && cells.values.some((path) => path !== null && !isAbsolute(path));
    return isRelative ? [input.column] : [];
  });
  const sources = [
    data?.source,
    ...(data?.sources ?? []).map(({ source }) => source),
    ...(split?.by === 'files' ? Object.values(split.files) : []),
  ];
  if (sources.some((source) => typeof source === 'object'))
    return ['Images of IDX files stand in these rows by their names alone, such as images-idx3-ubyte#17.'];
  return relative.map(
    (column) =>
      `Paths in ${column} start at the folder of the data: move these files there, or write absolute paths, before a run or an evaluation reads them.`,
  );
}

/** What stands for a row in messages: its file, where there are several, and its number. */
export const rowName = (
  { sources, fileOf, rowOf }: RunTable,
  index: number,
  shown: (file: string) => string,
): string =>
  sources.length > 1 ? `${shown(sources[fileOf[index]!]!.file)} row ${rowOf[index]}` : `row ${rowOf[index]}`;
