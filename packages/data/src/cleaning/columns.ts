import { didYouMean } from '@polytask/base';
import { type Column, columnRecord, type Table } from '../table/table.ts';

/**
 * The columns a step works on: those named, else all of the given type.
 *
 * @throws RangeError when a named column is not in the table. @throws TypeError when it has another type.
 */
export function chosenColumns(
  { columns }: Table,
  names: readonly string[] | undefined,
  type?: Column['type'],
): [string, Column][] {
  if (names === undefined) {
    return Object.entries(columns).filter(([, column]) => type === undefined || column.type === type);
  }
  return names.map((name) => {
    const column = columnNamed(columns, name);
    if (type !== undefined && column.type !== type) {
      throw new TypeError(`${name}: expected a column of ${type}s. Found ${column.type}s.`);
    }
    return [name, column];
  });
}

/** @throws RangeError when there is no such column. */
export function columnNamed(columns: Table['columns'], name: string): Column {
  if (Object.hasOwn(columns, name)) return columns[name]!;
  throw new RangeError(
    `Expected a column of the table. Found ${JSON.stringify(name)}. ${didYouMean(name, Object.keys(columns))}`.trim(),
  );
}

/** The columns with some replaced or added. */
export function withColumns(
  columns: Table['columns'],
  changes: Iterable<readonly [string, Column]>,
): Record<string, Column> {
  return columnRecord([...Object.entries(columns), ...changes]);
}

/** Whether a cell is missing. */
export function isMissing(column: Column, row: number): boolean {
  const value = column.values[row];
  return value === null || Number.isNaN(value);
}

/** A column of 0 and 1. */
export function flagColumn(rowCount: number, isFlagged: (row: number) => boolean): Column {
  return { type: 'number', values: Float64Array.from({ length: rowCount }, (_, row) => (isFlagged(row) ? 1 : 0)) };
}

/** A name that no column has: the name, or with a number behind it. */
export function freeName(columns: Table['columns'], name: string): string {
  let free = name;
  for (let number = 2; Object.hasOwn(columns, free); number++) free = `${name} ${number}`;
  return free;
}

/** A column in which the given rows are missing. */
export function withoutCells(column: Column, rows: ReadonlySet<number>): Column {
  if (rows.size === 0) return column;
  if (column.type === 'text') {
    return { type: 'text', values: column.values.map((value, row) => (rows.has(row) ? null : value)) };
  }
  return { type: 'number', values: column.values.map((value, row) => (rows.has(row) ? Number.NaN : value)) };
}
