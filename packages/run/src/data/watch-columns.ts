import type { Rows } from '@polytask/data';

/** A value that may be the id of a group. */
export type ColumnValue = string | number | null;

/** The columns of a source that nobody asked for, by name, each by row number. */
export type WatchedColumns = ReadonlyMap<string, ReadonlyMap<number, ColumnValue>>;

const mostColumns = 64;
const longestId = 64;

/**
 * The same rows, and what stands in their other columns as far as it may be ids: whole numbers and short texts. A column in which something
 * else is found is let go.
 */
export function watchColumns(source: Rows, ignored: ReadonlySet<string>): { rows: Rows; columns: WatchedColumns } {
  const columns = new Map<string, Map<number, ColumnValue>>();
  const dropped = new Set<string>(ignored);
  const take = (row: number, name: string, value: unknown) => {
    if (value === null || value === undefined) return;
    const known = columns.get(name);
    if ((!known && columns.size >= mostColumns) || !mayBeId(value)) {
      columns.delete(name);
      dropped.add(name);
    } else if (known) known.set(row, value);
    else columns.set(name, new Map([[row, value]]));
  };
  async function* watched() {
    for await (const found of source) {
      if ('values' in found) {
        for (const name of Object.keys(found.values)) if (!dropped.has(name)) take(found.row, name, found.values[name]);
      }
      yield found;
    }
  }
  const rows: Rows = Object.assign(watched(), source.name === undefined ? {} : { name: source.name });
  return { rows, columns };
}

const mayBeId = (value: unknown): value is string | number =>
  typeof value === 'string' ? value.length <= longestId : Number.isInteger(value);
