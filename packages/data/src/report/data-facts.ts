import { type Key, key as keyOf, type Problem } from '@polytask/base';
import type { CleanedTable } from '../cleaning/clean-table.ts';
import type { CleaningReport } from '../cleaning/cleaning-report.ts';
import { columnNamed } from '../cleaning/columns.ts';
import type { Column, Table } from '../table/table.ts';
import type { LoadedTable } from '../table/table-of.ts';
import { type ColumnFacts, type ColumnRole, columnFacts, holdsTexts } from './column-facts.ts';
import { type Distribution, distributions } from './distributions.ts';
import {
  type ClassCounts,
  type ColumnDrift,
  classCounts,
  driftBetween,
  type LengthFacts,
  labelOverlap,
  lengthFacts,
  type MissingMap,
  missingMap,
  type Parts,
} from './facts.ts';
import {
  cellsOf,
  type GiveAways,
  type GroupFacts,
  giveAways,
  groupFacts,
  type RepeatedRows,
  repeatedRows,
} from './leak-facts.ts';
import { type LabelKind, type MeasuredLabels, measuredLabels, type NamesOf } from './measured-labels.ts';

/** Everything a report on data says. JSON. */
export type DataFacts = {
  readonly name: string;
  /** Where the rows come from, and how many of each. */
  readonly sources: readonly { readonly file: string; readonly rows: number }[];
  readonly rows: number;
  /** Present when rows beyond a limit were not read: the report is about the first rows. */
  readonly limit?: number;
  readonly parts: readonly { readonly part: string; readonly rows: number }[];
  readonly columns: readonly ColumnFacts[];
  readonly missing: MissingMap;
  readonly overlap: ReturnType<typeof labelOverlap>;
  readonly classes: readonly ClassCounts[];
  /** Labels that are numbers or texts. */
  readonly measured: readonly MeasuredLabels[];
  readonly distributions: readonly Distribution[];
  readonly drift: readonly ColumnDrift[];
  readonly repeated: readonly RepeatedRows[];
  readonly groups: readonly GroupFacts[];
  readonly giveAways: readonly GiveAways[];
  readonly lengths: readonly ({ readonly column: string } & LengthFacts)[];
  /** Present when the data was cleaned. */
  readonly cleaning?: CleaningReport;
  readonly quarantine: {
    readonly rows: number;
    readonly examples: readonly { readonly row: string; readonly problem: Problem; readonly step?: string }[];
  };
  /** What was found while reading and splitting. */
  readonly notes: readonly Problem[];
};

export type DataFactsOptions = {
  readonly name: string;
  /** As read, before any cleaning. */
  readonly table: Table;
  /** How it was read, by `tableOf`. */
  readonly report?: LoadedTable['report'];
  /** Row indexes of each part, the training part first. Default: one part `all`. */
  readonly parts?: Parts;
  /** The column of each task's labels. */
  readonly tasks?: Readonly<Record<string, string>>;
  /** Of tasks whose labels are no classes, what they are. */
  readonly labels?: Readonly<Record<string, LabelKind>>;
  /** The columns that a model reads besides those of texts, and those of them whose cells are paths of files. */
  readonly inputs?: readonly string[];
  readonly files?: readonly string[];
  /** The columns of texts. Default: those that seem to hold texts. */
  readonly texts?: readonly string[];
  readonly ids?: readonly string[];
  /** What cleaning made of the table. */
  readonly cleaned?: CleanedTable;
  readonly sources?: DataFacts['sources'];
  /** What stands for a row, by its index. Default: `row 1`, `row 2`, … */
  readonly nameOf?: (row: number) => string;
  readonly quarantine?: readonly { readonly row: string; readonly problem: Problem; readonly step?: string }[];
  readonly notes?: readonly Problem[];
  readonly limit?: number;
  /** Draws the hash functions that find near-duplicates. Default: `key(0)`. */
  readonly key?: Key;
  /** Near-duplicates are looked for among so many texts at most, from the first row on. Default: 20,000. */
  readonly mostTexts?: number;
};

const mostExamples = 50;

/**
 * The facts of a report on a table: what its columns hold, what is missing, how labels and parts relate, what repeats, leaks and drifts, and
 * what cleaning changed.
 *
 * @throws RangeError when a column of a task, a text or an id is not in the table.
 */
export function dataFacts({
  name,
  table,
  parts: given,
  tasks = {},
  ids = [],
  inputs = [],
  files = [],
  labels: kinds = {},
  ...options
}: DataFactsOptions): DataFacts {
  const { report, cleaned, notes = [], quarantine = [], limit } = options;
  const { key = keyOf(0), mostTexts = 20_000, nameOf = (row: number) => `row ${row + 1}` } = options;
  const parts = given ?? { all: Uint32Array.from({ length: table.rowCount }, (_, row) => row) };
  for (const column of [...Object.values(tasks), ...ids, ...inputs, ...files, ...(options.texts ?? [])])
    columnNamed(table.columns, column);
  const labelColumns = Object.values(tasks);
  const texts =
    options.texts ??
    Object.entries(table.columns).flatMap(([column, cells]) =>
      !labelColumns.includes(column) && !ids.includes(column) && holdsTexts(cells) ? [column] : [],
    );
  const roleOf = (column: string): ColumnRole => {
    if (ids.includes(column)) return 'id';
    if (texts.includes(column)) return 'text';
    if (labelColumns.includes(column)) return 'task';
    return inputs.includes(column) || files.includes(column) ? 'input' : 'other';
  };
  const kindOf = (task: string) => (Object.hasOwn(kinds, task) ? kinds[task] : undefined);
  const shaped = Object.entries(tasks).flatMap(([task, column]) => (kindOf(task) === undefined ? [] : [column]));
  const free = new Set([...ids, ...texts, ...files, ...shaped]);
  const columns = columnFacts(table, roleOf, (column) => !free.has(column), report);
  // a text or whole number of its own in every row identifies the row: such a column makes no two rows different
  const unique = columns.flatMap(({ column, distinct, role }) =>
    ['other', 'input'].includes(role) &&
    table.rowCount > 1 &&
    distinct === table.rowCount &&
    isWhole(table.columns[column]!)
      ? [column]
      : [],
  );
  // a file is what it holds
  const own = [...ids, ...unique].filter((column) => !files.includes(column));
  const isUnique = (name: string) =>
    columns.some(({ column, distinct }) => column === name && distinct === table.rowCount);
  const labels = Object.fromEntries(
    Object.entries(tasks).map(([task, column]) => [task, cellsOf(table.columns[column]!, table.rowCount)]),
  );
  return {
    name,
    sources: options.sources ?? [{ file: name, rows: table.rowCount }],
    rows: table.rowCount,
    ...(limit !== undefined && { limit }),
    parts: Object.entries(parts).map(([part, rows]) => ({ part, rows: rows.length })),
    columns,
    missing: missingMap(table),
    overlap: labelOverlap(labels),
    classes: classCounts(
      only(labels, (task) => !isMeasured(kindOf(task))),
      parts,
      only(kinds, (task) => !isMeasured(kindOf(task))) as Readonly<Record<string, NamesOf>>,
    ),
    measured: Object.entries(labels).flatMap(([task, list]) => {
      const kind = kindOf(task);
      return isMeasured(kind) ? [measuredLabels(task, kind, list, parts)] : [];
    }),
    distributions: distributions(table, cleaned?.table, [
      ...texts,
      ...files,
      ...shaped.filter((column) => table.columns[column]!.type === 'text'),
      ...own.filter((column) => table.columns[column]!.type === 'text'),
    ]),
    drift: driftBetween(table, parts),
    repeated: repeatedRows(table, texts, { ids: own, labels: labelColumns }, parts, { key, mostTexts, nameOf }),
    groups: groupFacts(table, [...labelColumns, ...texts, ...files.filter(isUnique), ...own], parts, nameOf),
    // no word tells a text or a set as a whole
    giveAways: giveAways(
      table,
      only(tasks, (task) => kindOf(task) === undefined || kindOf(task) === 'numbers'),
      texts,
      { ids, labels: labelColumns },
    ),
    lengths: texts.flatMap((column) => {
      const found = table.columns[column]!.type === 'text' ? lengthFacts(table, column) : undefined;
      return found ? [{ column, ...found }] : [];
    }),
    ...(cleaned && { cleaning: cleaned.report }),
    quarantine: { rows: quarantine.length, examples: quarantine.slice(0, mostExamples) },
    notes,
  };
}

const isMeasured = (kind: LabelKind | undefined): kind is 'numbers' | 'texts' => kind === 'numbers' || kind === 'texts';

const only = <Value>(
  of: Readonly<Record<string, Value>>,
  keeps: (name: string) => boolean,
): Readonly<Record<string, Value>> => Object.fromEntries(Object.entries(of).filter(([name]) => keeps(name)));

const isWhole = (cells: Column) => cells.type === 'text' || cells.values.every(Number.isInteger);
