/** One column in memory. Missing: NaN in numbers, null in texts. */
export type Column =
  | { readonly type: 'number'; readonly values: Float64Array }
  | { readonly type: 'text'; readonly values: readonly (string | null)[] };

/** Columns of equal length by name; the record has no prototype, so that a column may be called `__proto__`. */
export type Table = { readonly rowCount: number; readonly columns: Readonly<Record<string, Column>> };

/** A record for columns: `__proto__` is a name like any other. */
export function columnRecord(entries: Iterable<readonly [string, Column]> = []): Record<string, Column> {
  const columns = Object.create(null) as Record<string, Column>;
  for (const [name, column] of entries) columns[name] = column;
  return columns;
}

/**
 * A table over plain lists: numbers (null and NaN are missing) or texts (null is missing).
 *
 * @throws RangeError when the lists differ in length. @throws TypeError when a list mixes numbers and texts.
 */
export function table(lists: Readonly<Record<string, ArrayLike<number | string | null>>>): Table {
  const entries = Object.entries(lists);
  const rowCount = entries[0]?.[1].length ?? 0;
  const columns = columnRecord();
  for (const [name, list] of entries) {
    if (list.length !== rowCount) {
      throw new RangeError(`${name}: expected ${rowCount} values as in the first column. Found ${list.length}.`);
    }
    const values = Array.from(list);
    if (values.every((value) => typeof value === 'number' || value === null)) {
      columns[name] = { type: 'number', values: Float64Array.from(values, (value) => value ?? Number.NaN) };
    } else if (values.every((value) => typeof value === 'string' || value === null)) {
      columns[name] = { type: 'text', values };
    } else throw new TypeError(`${name}: expected numbers or texts. Found both.`);
  }
  return { rowCount, columns };
}

/** The given rows of a column, in the order given. */
export function selectCells(column: Column, rows: ArrayLike<number>): Column {
  const count = rows.length;
  if (column.type === 'text') {
    return { type: 'text', values: Array.from({ length: count }, (_, at) => column.values[rows[at]!] ?? null) };
  }
  const values = new Float64Array(count);
  for (let at = 0; at < count; at++) values[at] = column.values[rows[at]!]!;
  return { type: 'number', values };
}

/**
 * The given rows of a table, in the order given.
 *
 * @throws RangeError when a row is not in the table.
 */
export function selectRows({ rowCount, columns }: Table, rows: ArrayLike<number>): Table {
  for (let at = 0; at < rows.length; at++) {
    if (!(Number.isInteger(rows[at]!) && rows[at]! >= 0 && rows[at]! < rowCount)) {
      throw new RangeError(`rows: expected indexes from 0 to ${rowCount - 1}. Found ${rows[at]}.`);
    }
  }
  const selected = Object.entries(columns).map(([name, column]) => [name, selectCells(column, rows)] as const);
  return { rowCount: rows.length, columns: columnRecord(selected) };
}

/** A cell as JSON has it: null where it is missing. */
export function cellOf(column: Column, row: number): number | string | null {
  const value = column.values[row];
  return value === undefined || Number.isNaN(value) ? null : value;
}
