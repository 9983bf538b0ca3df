import type { Problem } from '@polytask/base';
import type { Column, ColumnFormat, Example, Table } from '@polytask/data';
import { eachOf } from '../config/expand-each.ts';
import type { RunConfig, TaskConfig } from '../config/schema.ts';
import { taskColumns } from '../config/task-columns.ts';
import { shapedLabel } from './label-shape.ts';
import { furtherColumns } from './read-data.ts';

type Cell = number | string | null;

/** A table before and after cleaning. */
export type Tables = {
  readonly before: Table;
  readonly after: Table;
  readonly formats: ReadonlyMap<string, ColumnFormat>;
};

/**
 * An example with the cells that cleaning changed in the place of its own; those it did not change stay as they are written in the file.
 * E2235 where nothing is left of a text.
 */
export function cleanedExample(
  config: RunConfig,
  example: Example,
  { before, after, formats }: Tables,
  [rowBefore, rowAfter]: readonly [number, number],
): Example | Problem {
  const changed = (column: string): { readonly cell: string | null } | undefined => {
    const is = cellAt(after, column, rowAfter);
    if (Object.is(cellAt(before, column, rowBefore), is)) return undefined;
    return { cell: writtenCell(is, formats.get(column)) };
  };
  const inputs: [string, string][] = [];
  for (const [name, text] of Object.entries(example.inputs)) {
    const input = config.inputs[name]!;
    if (input.type === 'table') {
      const cells = JSON.parse(text) as Record<string, Cell>;
      for (const column of input.columns) {
        const change = changed(column);
        if (change) cells[column] = change.cell;
      }
      inputs.push([name, JSON.stringify(cells)]);
      continue;
    }
    const change = changed(input.column);
    if (change && (change.cell === null || change.cell.trim() === '')) {
      const message = 'Cleaning left nothing of the text.';
      return { code: 'E2235', path: input.column, message };
    }
    inputs.push([name, change ? change.cell! : text]);
  }
  const replaced = <Value extends Cell>(entries: Readonly<Record<string, Value>>, columnOf: (name: string) => string) =>
    Object.fromEntries(
      Object.entries(entries).map(([name, value]) => {
        const change = changed(columnOf(name));
        return [name, change ? change.cell?.trim() || null : value];
      }),
    );
  const labels: [string, string | number | null][] = [];
  for (const [name, value] of Object.entries(example.labels)) {
    const task = config.tasks[name]!;
    const label = cleanedLabel(task, value, changed);
    // tags are for the words that cleaning leaves
    const isAsRead = label === null || (label === value && task.type !== 'tag');
    const shaped = isAsRead ? label : shapedLabel(task, String(label), inputs[0]![1]);
    if (typeof shaped === 'object' && shaped !== null) return { ...shaped, path: taskColumns(task)[0]! };
    labels.push([name, shaped]);
  }
  const further = furtherColumns(config);
  return {
    ...example,
    inputs: Object.fromEntries(inputs),
    labels: Object.fromEntries(labels),
    ...(example.columns && { columns: replaced(example.columns, (key) => further[key]!) }),
  };
}

type Changed = (column: string) => { readonly cell: string | null } | undefined;

/** The label with what cleaning made of its column, or of its columns. */
function cleanedLabel(task: TaskConfig, value: string | number | null, changed: Changed): string | number | null {
  // whether a row is one of the task's is a matter of the file
  if (eachOf(task) && value === null) return null;
  if (task.column !== undefined) {
    const change = changed(task.column);
    return change ? change.cell?.trim() || null : value;
  }
  const columns = taskColumns(task).map((column) => ({ column, change: changed(column) }));
  if (columns.every(({ change }) => change === undefined)) return value;
  const before = (value === null ? {} : JSON.parse(String(value))) as Record<string, Cell>;
  const cells = columns.map(({ column, change }): [string, Cell] => [
    column,
    change ? change.cell?.trim() || null : (before[column] ?? null),
  ]);
  return cells.every(([, cell]) => cell === null) ? null : JSON.stringify(Object.fromEntries(cells));
}

/** A cell as a file has it: dates as ISO 8601 texts. */
export function writtenCell(cell: Cell, format: ColumnFormat | undefined): string | null {
  if (typeof cell === 'number' && format?.type === 'date') return new Date(cell).toISOString();
  return cell === null ? null : String(cell);
}

/** A cell of a table; null where the table has no such column. */
export function cellAt({ columns }: Table, name: string, row: number): Cell {
  if (!Object.hasOwn(columns, name)) return null;
  const value = columns[name]!.values[row];
  return value === undefined || Number.isNaN(value) ? null : value;
}

/** The table with these columns in this order: what it lacks is missing, what is more is left out. */
export function withColumnsOf(
  { columns, rowCount }: Table,
  formats: readonly (readonly [string, ColumnFormat])[],
): Table {
  const entries = formats.map(([name, { type }]) => {
    if (Object.hasOwn(columns, name)) return [name, columns[name]!] as const;
    const empty: Column =
      type === 'text'
        ? { type, values: new Array<null>(rowCount).fill(null) }
        : { type: 'number', values: new Float64Array(rowCount).fill(Number.NaN) };
    return [name, empty] as const;
  });
  const record = Object.create(null) as Record<string, Table['columns'][string]>;
  for (const [name, column] of entries) record[name] = column;
  return { rowCount, columns: record };
}
