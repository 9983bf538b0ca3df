import { basename } from 'node:path';
import { type Key, key, type Problem } from '@polytask/base';
import {
  type CleanedTable,
  type CleaningStep,
  cleanTable,
  type LabelKind,
  type LoadedTable,
  type Source,
  selectRows,
  type Table,
} from '@polytask/data';
import type { CleaningConfig } from './config/cleaning-schema.ts';
import { eachOf } from './config/expand-each.ts';
import { inputColumns, isMedia } from './config/input-columns.ts';
import type { Run } from './config/run.ts';
import type { TaskConfig } from './config/schema.ts';
import { taskColumns } from './config/task-columns.ts';
import { cleanExamples, cleaningKey, hiddenColumns, readExampleTable, readForSteps } from './data/clean-data.ts';
import { placedSteps } from './data/clean-steps.ts';
import { namesInCell } from './data/label-shape.ts';
import { leakNotes, tellsLabels } from './data/leak-notes.ts';
import { openFile } from './data/open-file.ts';
import { readData } from './data/read-data.ts';
import { type Parts, splitData, splitKey } from './data/split-data.ts';

/** The rows of a run, or of a data file, as a table of all their columns: what reports and cleaned files are made of. */
export type RunTable = {
  readonly name: string;
  readonly table: Table;
  /** How its columns were read. */
  readonly report: LoadedTable['report'];
  /** The parts as row indexes; absent for a data file, which is not split. */
  readonly parts?: Parts;
  /** The column of each task's labels, and those of texts. */
  readonly tasks: Readonly<Record<string, string>>;
  readonly texts?: readonly string[];
  /** Of tasks whose labels are no classes, what they are; the columns that the model reads, and those of them that hold paths of files. */
  readonly labels?: Readonly<Record<string, LabelKind>>;
  readonly inputs?: readonly string[];
  readonly files?: readonly string[];
  readonly id?: string;
  /** Columns that say the same as the id. */
  readonly aliases?: readonly string[];
  readonly ids?: readonly string[];
  /** The files with the number of rows of each that are in the table, and the columns that the run does not take from it. */
  readonly sources: readonly {
    readonly file: string;
    readonly rows: number;
    readonly hidden: readonly string[];
    /** Reads it again. */
    readonly open: () => Source;
  }[];
  /** Of each row the place of its file in `sources`, and its number in that file. */
  readonly fileOf: ArrayLike<number>;
  readonly rowOf: ArrayLike<number>;
  /** What stands for each row in the report and the quarantine of cleaning: its number through all files. */
  readonly rowNumbers: ArrayLike<number>;
  /** Rows that could not be read. */
  readonly quarantine: readonly {
    readonly file: string;
    readonly row: number;
    readonly problem: Problem;
    readonly values: unknown;
  }[];
  readonly notes: readonly Problem[];
  /** Those of the notes that are about the split: what could not be done as asked, and leaks. */
  readonly splitNotes: readonly Problem[];
  /** Rows of each file that were read at most, where there are more. */
  readonly limit?: number;
  readonly key: Key;
  /** What the steps make of the table, fitted to the training part, or to all rows where there are no parts. */
  readonly cleaned?: CleanedTable;
};

export type RunTableOptions = {
  /** At most so many rows of each file are read; the parts are those of these rows. */
  readonly limit?: number;
  /** In the place of `data.clean`. */
  readonly steps?: CleaningConfig;
};

/**
 * Reads and splits the data of a run as training does, with all columns, and cleans it by the run's steps or other ones. Bad rows are set
 * aside, however many they are.
 *
 * @throws PolytaskError usage and data, as training does.
 */
export async function openRunTable(run: Run, { limit, steps }: RunTableOptions = {}): Promise<RunTable> {
  const given = run.config;
  const clean = steps ?? given.data.clean;
  const config = {
    ...given,
    data: { ...given.data, bad: { policy: 'quarantine' as const, maxFraction: 1 }, ...(clean && { clean }) },
  };
  const root = key(config.seed);
  const limited = limit === undefined ? {} : { limit };
  const data = await readData(config, limited);
  const { parts, notes } = await splitData(config, data, splitKey(root));
  // what cleaning takes out of texts is told by its step
  const isTakenOut = clean?.some(({ type }) => type === 'removeLabelLeaks') ?? false;
  const leaks = leakNotes(config, data, parts, splitKey(root)).filter(({ code }) => !(isTakenOut && code === 'E2325'));
  const read = await readExampleTable(config, data, parts, limited);
  const rows = Array.from(read.rowsOfExamples);
  // the tasks of a family have their labels in one column, each in other rows: here they are one
  const labelled = Object.entries(config.tasks).map(([name, task]) => [eachOf(task)?.of ?? name, task] as const);
  return {
    name: config.name,
    table: selectRows(read.table, rows),
    report: read.report,
    parts,
    tasks: Object.fromEntries(
      labelled.flatMap(([name, task]) =>
        task.column === undefined
          ? taskColumns(task).map((column) => [`${name}.${column}`, column])
          : [[name, task.column]],
      ),
    ),
    texts: [...new Set(Object.values(config.inputs).flatMap((input) => (input.type === 'text' ? [input.column] : [])))],
    labels: Object.fromEntries(
      labelled.flatMap(([name, task]) => {
        const kind = labelKind(task);
        return kind === undefined ? [] : [[name, kind]];
      }),
    ),
    inputs: Object.values(config.inputs).flatMap((input) => inputColumns(input)),
    files: Object.values(config.inputs).flatMap((input) => (isMedia(input) ? inputColumns(input) : [])),
    ...(config.data.id !== undefined && { id: config.data.id }),
    ids: data.examples.map(({ id }) => id),
    sources: data.sources.map(({ file, count, open }, at) => ({
      file,
      rows: count,
      hidden: hiddenColumns(config, at),
      open,
    })),
    fileOf: rows.map((at) => read.fileOf[at]!),
    rowOf: rows.map((at) => read.rowOf[at]!),
    rowNumbers: rows.map((at) => read.rowNumbers[at]!),
    quarantine: data.quarantine.map(({ file, row, problem, values }) => ({ file, row, problem, values })),
    notes: [...data.notes, ...untold(read.problems, data.notes), ...notes, ...leaks],
    splitNotes: [...notes, ...leaks.filter(({ code }) => !tellsLabels.includes(code))],
    ...(read.isCut && limit !== undefined && { limit }),
    key: root,
    ...(clean && { cleaned: cleanExamples(config, read, parts, cleaningKey(root)).cleaned }),
  };
}

/** What labels of a task are where they are no classes. Those in columns of their own are classes of 0 and 1. */
function labelKind(task: TaskConfig): LabelKind | undefined {
  if (task.type === 'regress') return 'numbers';
  if (task.type === 'transcribe') return 'texts';
  const isShaped = task.type === 'multiLabel' || task.type === 'tag' || task.type === 'detect';
  return isShaped && task.column !== undefined ? (cell) => namesInCell(task, cell) : undefined;
}

const mostClasses = 20;

/** Whether the labels of a file without a run are numbers: more different ones than classes would be. */
function isMeasured({ columns }: Table, column: string): boolean {
  const cells = Object.hasOwn(columns, column) ? columns[column]! : undefined;
  return cells?.type === 'number' && new Set(cells.values.filter(Number.isFinite)).size > mostClasses;
}

/** Those of the problems that the others do not tell already: bad rows are met by both readings. */
function untold(problems: readonly Problem[], told: readonly Problem[]): Problem[] {
  const placeOf = ({ code, file, row }: Problem) => JSON.stringify([code, file, row]);
  const known = new Set(told.map(placeOf));
  return problems.filter((problem) => !known.has(placeOf(problem)));
}

export type FileTableOptions = RunTableOptions & {
  /** Columns of labels. */
  readonly tasks?: readonly string[];
  readonly encoding?: 'utf-8' | 'latin1';
};

/**
 * Reads a data file, or a folder of images or sounds labelled by their folders, as a table, and cleans it by the steps; all rows count as
 * training rows, for it is not split.
 */
export async function openFileTable(
  file: string,
  { limit, steps, tasks, encoding }: FileTableOptions = {},
): Promise<RunTable> {
  const { open, isFolder } = await openFile(file, encoding ? { encoding } : {});
  const read = await readForSteps([file], steps, { open, ...(limit !== undefined && { limit }) });
  const root = key(0);
  const made: readonly CleaningStep[] | undefined = steps && placedSteps(steps, '--step');
  const all = Uint32Array.from({ length: read.table.rowCount }, (_, row) => row);
  // of a folder, the path tells the label by itself
  const labels = tasks ?? (isFolder && read.report.columns.label!.missing < read.table.rowCount ? ['label'] : []);
  return {
    name: basename(file),
    table: read.table,
    report: read.report,
    tasks: Object.fromEntries(labels.map((column) => [column, column])),
    labels: Object.fromEntries(
      labels.filter((column) => isMeasured(read.table, column)).map((column) => [column, 'numbers' as const]),
    ),
    ...(isFolder && { id: 'path', aliases: ['file'], texts: [], files: ['path'] }),
    sources: [{ file, rows: read.table.rowCount, hidden: [], open }],
    fileOf: read.fileOf,
    rowOf: read.rowOf,
    rowNumbers: read.rowNumbers,
    quarantine: read.quarantine.map(({ problem, row }) => ({ file, row: problem.row ?? row, problem, values: null })),
    notes: read.problems,
    splitNotes: [],
    ...(read.isCut && limit !== undefined && { limit }),
    key: root,
    ...(made && {
      cleaned: cleanTable(read.table, made, { trainingRows: all, key: cleaningKey(root), rowNumbers: read.rowNumbers }),
    }),
  };
}
