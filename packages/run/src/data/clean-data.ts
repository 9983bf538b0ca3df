import { fold, type Key, PolytaskError, type Problem, quote } from '@polytask/base';
import {
  type CleanedTable,
  type CleaningReport,
  type CleaningSpec,
  type ColumnFormat,
  cleanTable,
  type Example,
  selectRows,
  type Table,
} from '@polytask/data';
import { inputColumnPaths } from '../config/input-columns.ts';
import type { RunConfig } from '../config/schema.ts';
import { taskColumnPaths, taskColumns } from '../config/task-columns.ts';
import { placedSteps, stepNotes } from './clean-steps.ts';
import { cleanedExample } from './cleaned-example.ts';
import type { RunData } from './read-data.ts';
import { type FileTable, type FileTableOptions, readTable } from './read-table.ts';
import type { Parts } from './split-data.ts';

/** What cleaning learned from the training rows: JSON, saved with the run. */
export type CleaningRecord = {
  /** How the columns are read, in their order. */
  readonly formats: readonly (readonly [column: string, format: ColumnFormat])[];
  readonly spec: CleaningSpec;
};

/** A row that cleaning set aside. */
export type CleanedAway = {
  readonly file: string;
  readonly row: number;
  readonly id: string;
  readonly step: string;
  readonly problem: Problem;
  readonly values: Readonly<Record<string, number | string | null>>;
};

export type RunCleaning = {
  readonly record: CleaningRecord;
  readonly report: CleaningReport;
  readonly quarantine: readonly CleanedAway[];
  /** What each step did, in a line. */
  readonly notes: readonly Problem[];
};

/** The key under which a run cleans its data. */
export const cleaningKey = (root: Key): Key => fold(root, 'clean');

/** All columns of the files of a run, and for each example its row of the table. */
export type ExampleTable = FileTable & { readonly rowsOfExamples: Uint32Array };

/**
 * The data of a run after the steps of `data.clean`, fitted to the training part alone. Rows that steps drop leave all parts; the others
 * keep theirs.
 *
 * Steps see all columns of the files, as in `polytask data clean`; a cell that no step changed stays as it is written in the file.
 *
 * @throws PolytaskError usage E1214 a step that does not fit the data · data E2226 no training row is left · E2236 a column that the run
 * needs is left out.
 */
export async function cleanData(
  config: RunConfig,
  data: RunData,
  split: Parts,
  key: Key,
): Promise<{ data: RunData; split: Parts; cleaning?: RunCleaning }> {
  if (config.data.clean === undefined) return { data, split };
  const table = await readExampleTable(config, data, split);
  const { before, cleaned } = cleanExamples(config, table, split, key);
  requireColumns(config, before, cleaned.table);
  const formats = Object.entries(table.report.columns).map(([name, { format }]) => [name, format] as const);
  const tables = { before, after: cleaned.table, formats: new Map(formats) };
  const place = (index: number) => {
    const at = table.rowsOfExamples[index]!;
    return { file: table.files[table.fileOf[at]!]!, row: table.rowOf[at]!, id: data.examples[index]!.id };
  };
  const keptAs = new Map<number, number>(); // the index of an example before and after
  const examples: Example[] = [];
  const emptied: CleanedAway[] = [];
  cleaned.rows.forEach((index, row) => {
    const example = data.examples[index]!;
    const found = cleanedExample(config, example, tables, [index, row]);
    if (!('code' in found)) keptAs.set(index, examples.push(found) - 1);
    else emptied.push({ ...place(index), step: 'empty text', problem: found, values: example.inputs });
  });
  const indexOf = new Map(Array.from(table.rowsOfExamples, (at, index) => [table.rowNumbers[at]!, index]));
  const away = cleaned.quarantine.map(({ row, step, problem, values }): CleanedAway => {
    const found = place(indexOf.get(row)!);
    return { ...found, step, problem: { ...problem, file: found.file, row: found.row }, values };
  });
  const kept = [...keptAs.keys()];
  const part = (list: Uint32Array) => list.filter((index) => keptAs.has(index)).map((index) => keptAs.get(index)!);
  const empty =
    emptied.length > 0
      ? [{ ...emptied[0]!.problem, file: emptied[0]!.file, row: emptied[0]!.row, count: emptied.length }]
      : [];
  return {
    data: {
      ...data,
      examples,
      columns: Object.fromEntries(
        Object.entries(data.columns).map(([name, list]) => [name, kept.map((index) => list[index]!)]),
      ),
    },
    split: { train: part(split.train), validation: part(split.validation), test: part(split.test) },
    cleaning: {
      record: { formats, spec: cleaned.spec },
      report: cleaned.report,
      quarantine: [...away, ...emptied],
      notes: [...stepNotes(cleaned.report), ...empty],
    },
  };
}

/** Cleans the rows of the examples, and those alone. */
export function cleanExamples(
  config: RunConfig,
  table: ExampleTable,
  split: Parts,
  key: Key,
): { before: Table; cleaned: CleanedTable } {
  const before = selectRows(table.table, table.rowsOfExamples);
  const cleaned = cleanTable(before, placedSteps(config.data.clean ?? []), {
    trainingRows: split.train,
    key,
    rowNumbers: Array.from(table.rowsOfExamples, (at) => table.rowNumbers[at]!),
  });
  return { before, cleaned };
}

/** Reads all columns of the files of a run. Only training rows decide what columns hold. */
export async function readExampleTable(
  config: RunConfig,
  data: RunData,
  split: Parts,
  { limit }: { readonly limit?: number } = {},
): Promise<ExampleTable> {
  const places = data.sources.flatMap(({ count }, file) => Array.from({ length: count }, () => file));
  const nameOf = (file: number, row: number) => `${file} ${row}`;
  const names = data.examples.map(({ row }, index) => nameOf(places[index]!, row));
  const training = new Set(Array.from(split.train, (index) => names[index]!));
  const files = data.sources.map(({ file }) => file);
  const options: FileTableOptions = {
    ...(limit !== undefined && { limit }),
    open: (file) => data.sources.find((source) => source.file === file)!.open(),
    infersFrom: (file, row) => training.has(nameOf(file, row)),
  };
  const table = withoutHidden(config, await readForSteps(files, config.data.clean, options));
  const rowAt = new Map(Array.from(table.rowOf, (row, at) => [nameOf(table.fileOf[at]!, row), at]));
  return { ...table, rowsOfExamples: Uint32Array.from(names, (name) => rowAt.get(name)!) };
}

/** A table as steps take it: what `coerceTypes` is to read stays text until then, so that it is the step that is reported. */
export async function readForSteps(
  files: readonly string[],
  steps: RunConfig['data']['clean'] = [],
  options: FileTableOptions = {},
): Promise<FileTable> {
  const table = await readTable(files, options);
  const coercing = steps.filter((step) => step.type === 'coerceTypes');
  if (coercing.length === 0) return table;
  const all = Object.keys(table.report.columns);
  const chosen = coercing.flatMap(({ columns }) => columns ?? all);
  const formats = Object.create(null) as Record<string, ColumnFormat>;
  for (const name of chosen) formats[name] = { type: 'text' };
  return readTable(files, { ...options, formats });
}

function requireColumns(config: RunConfig, before: Table, after: Table): void {
  const needed = [
    ...Object.entries(config.inputs).flatMap(([name, input]) => inputColumnPaths(name, input)),
    ...Object.entries(config.tasks).flatMap(([name, task]) => taskColumnPaths(name, task)),
  ];
  const problems = needed
    .filter(([, column]) => Object.hasOwn(before.columns, column) && !Object.hasOwn(after.columns, column))
    .map(([path, column]) => ({
      code: 'E2236',
      path,
      message: `Cleaning leaves the column ${quote(column)} out.`,
      fix: 'Name the columns that dropMissingColumns may leave out.',
    }));
  if (problems.length > 0) throw new PolytaskError('data', problems);
}

/** The columns of labels that a run does not take from one of its sources. */
export function hiddenColumns({ data, tasks }: RunConfig, source: number): string[] {
  const own = data.sources?.[source]?.tasks;
  if (own === undefined) return [];
  const taken = own.flatMap((task) => taskColumns(tasks[task]!));
  return Object.values(tasks).flatMap((task) => taskColumns(task).filter((column) => !taken.includes(column)));
}

/** Labels that the run does not take are missing. */
function withoutHidden(config: RunConfig, table: FileTable): FileTable {
  const hidden = table.files.map((_, source) => hiddenColumns(config, source));
  const columns = columnsWithout(table.table.columns, (name, row) => hidden[table.fileOf[row]!]!.includes(name), [
    ...new Set(hidden.flat()),
  ]);
  return { ...table, table: { ...table.table, columns } };
}

function columnsWithout(
  columns: Table['columns'],
  isHidden: (name: string, row: number) => boolean,
  names: readonly string[],
): Table['columns'] {
  const changed = Object.assign(Object.create(null) as Record<string, Table['columns'][string]>, columns);
  for (const name of names) {
    const column = changed[name];
    if (column?.type === 'text')
      changed[name] = { type: 'text', values: column.values.map((cell, row) => (isHidden(name, row) ? null : cell)) };
    else if (column)
      changed[name] = {
        type: 'number',
        values: column.values.map((cell, row) => (isHidden(name, row) ? Number.NaN : cell)),
      };
  }
  return changed;
}
