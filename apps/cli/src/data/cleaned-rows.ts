import type { Cell, Table, Values } from '@polytask/data';
import type { RunTable } from '@polytask/run';

type CellValue = number | string | null;

/**
 * The rows of one of the sources after cleaning, as the file has them but for the cells that cleaning changed.
 *
 * `typed` writes the numbers of a source without types, such as a CSV file, as numbers.
 */
export async function* cleanedRows(
  { table, report, cleaned, sources, fileOf, rowOf }: RunTable,
  source: number,
  typed: boolean,
): AsyncGenerator<Values> {
  const after = cleaned!.table;
  // where each row of the file is, before and after
  const placeOf = new Map<number, readonly [before: number, after: number]>();
  for (const [at, row] of cleaned!.rows.entries()) if (fileOf[row] === source) placeOf.set(rowOf[row]!, [row, at]);
  const columns = Object.keys(after.columns).map((name) => {
    const isDate = Object.hasOwn(report.columns, name) && report.columns[name]!.format.type === 'date';
    const isNumber = after.columns[name]!.type === 'number' && !isDate;
    return { name, isDate, takesAll: typed && isNumber, isNew: !Object.hasOwn(table.columns, name) };
  });
  for await (const found of sources[source]!.open()) {
    const place = 'values' in found ? placeOf.get(found.row) : undefined;
    if (place === undefined || !('values' in found)) continue;
    const row = Object.create(null) as Record<string, Cell>;
    for (const { name, isDate, takesAll, isNew } of columns) {
      const is = cellAt(after, name, place[1]);
      const isSame = !isNew && Object.is(cellAt(table, name, place[0]), is);
      if (isSame && !takesAll) {
        if (Object.hasOwn(found.values, name)) row[name] = found.values[name]!;
      } else row[name] = isDate && typeof is === 'number' ? new Date(is).toISOString() : is;
    }
    yield row;
  }
}

/** A cell of a table, null where it is missing. */
function cellAt({ columns }: Table, name: string, row: number): CellValue {
  const value = columns[name]!.values[row];
  return value === undefined || Number.isNaN(value) ? null : value;
}
