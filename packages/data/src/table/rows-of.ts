import type { Source, Values } from '../sources/types.ts';
import type { ColumnFormat } from './column-format.ts';
import { cellOf, type Table } from './table.ts';

export type RowsOptions = {
  /** What stands for the table in messages. Default: `table`. */
  readonly name?: string;
  /** The source's number of each row. Default: 1, 2, 3, … */
  readonly rowNumbers?: ArrayLike<number>;
  /** Columns of dates are written as ISO 8601 texts. */
  readonly formats?: Readonly<Record<string, ColumnFormat>>;
};

/** The rows of a table as a source; missing cells are null. It can be read again and again. */
export function rowsOf(table: Table, { name = 'table', rowNumbers, formats = {} }: RowsOptions = {}): Source {
  const columns = Object.entries(table.columns).map(([column, cells]) => {
    const isDate = Object.hasOwn(formats, column) && formats[column]!.type === 'date' && cells.type === 'number';
    return { column, cells, isDate };
  });
  return {
    name,
    async *[Symbol.asyncIterator]() {
      for (let at = 0; at < table.rowCount; at++) {
        const values = Object.create(null) as Record<string, Values[string]>;
        for (const { column, cells, isDate } of columns) {
          const cell = cellOf(cells, at);
          values[column] = isDate && cell !== null ? new Date(cell as number).toISOString() : cell;
        }
        const row = rowNumbers?.[at] ?? at + 1;
        yield { row, line: row, values };
      }
    },
  };
}
