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
  ...options
}: DataFactsOptions): DataFacts {
  const { report, cleaned, notes = [], quarantine = [], limit } = options;
  const { key = keyOf(0), mostTexts = 20_000, nameOf = (row: number) => `row ${row + 1}` } = options;
  const parts = given ?? { all: Uint32Array.from({ length: table.rowCount }, (_, row) => row) };
  for (const column of [...Object.values(tasks), ...ids, ...(options.texts ?? [])]) columnNamed(table.columns, column);
  const labelColumns = Object.values(tasks);
  const texts =
    options.texts ??
    Object.entries(table.columns).flatMap(([column, cells]) =>
      !labelColumns.includes(column) && !ids.includes(column) && holdsTexts(cells) ? [column] : [],
    );
  const roleOf = (column: string): ColumnRole =>
    ids.includes(column) ? 'id' : texts.includes(column) ? 'text' : labelColumns.includes(column) ? 'task' : 'other';
  const columns = columnFacts(table, roleOf, report);
  // a text or whole number of its own in every row identifies the row: such a column makes no two rows different
  const unique = columns.flatMap(({ column, distinct, role }) =>
    role === 'other' && table.rowCount > 1 && distinct === table.rowCount && isWhole(table.columns[column]!)
      ? [column]
      : [],
  );
  const own = [...ids, ...unique];
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
    classes: classCounts(labels, parts),
    distributions: distributions(table, cleaned?.table, [
      ...texts,
      ...own.filter((column) => table.columns[column]!.type === 'text'),
    ]),
    drift: driftBetween(table, parts),
    repeated: repeatedRows(table, texts, { ids: own, labels: labelColumns }, parts, { key, mostTexts, nameOf }),
    groups: groupFacts(table, [...labelColumns, ...texts, ...own], parts, nameOf),
    giveAways: giveAways(table, tasks, texts, ids),
    lengths: texts.flatMap((column) => {
      const found = table.columns[column]!.type === 'text' ? lengthFacts(table, column) : undefined;
      return found ? [{ column, ...found }] : [];
    }),
    ...(cleaned && { cleaning: cleaned.report }),
    quarantine: { rows: quarantine.length, examples: quarantine.slice(0, mostExamples) },
    notes,
  };
}

const isWhole = (cells: Column) => cells.type === 'text' || cells.values.every(Number.isInteger);
