import type { Problem } from '@polytask/base';
import type { JsonValue } from '../sources/types.ts';
import { type Column, cellOf } from '../table/table.ts';

/** A cell as it was and as it is; `row` is the source's number. Long texts are cut to where they differ. */
export type CellDifference = {
  readonly row: number;
  readonly before: number | string | null;
  readonly after: number | string | null;
};

export type ColumnChange = {
  readonly changed: number;
  /** Of these, how many are in training rows. */
  readonly changedInTraining: number;
  /** Present when the column was texts and is numbers now, or the other way. */
  readonly newType?: 'number' | 'text';
  readonly examples: readonly CellDifference[];
};

/** What one step did. JSON. */
export type StepReport = {
  readonly step: string;
  readonly options: JsonValue;
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  readonly droppedRows: { readonly training: number; readonly other: number };
  readonly addedColumns: readonly string[];
  readonly droppedColumns: readonly string[];
  readonly columns: Readonly<Record<string, ColumnChange>>;
  /** Why rows were set aside and what was found besides, equal ones counted. */
  readonly problems: readonly Problem[];
};

/** What cleaning did, step by step. JSON. */
export type CleaningReport = {
  readonly rowsBefore: number;
  readonly rowsAfter: number;
  readonly steps: readonly StepReport[];
};

const mostExamples = 5;
const longestShown = 80;

/** Where two versions of a column differ; undefined where they do not. */
export function columnChange(
  before: Column,
  after: Column,
  isTraining: Uint8Array,
  rowNumbers: ArrayLike<number>,
): ColumnChange | undefined {
  if (before === after || before.values === after.values) return undefined;
  const examples: CellDifference[] = [];
  const sameType = before.type === after.type;
  let changed = 0;
  let changedInTraining = 0;
  for (let row = 0; row < isTraining.length; row++) {
    const was = before.values[row]!;
    const is = after.values[row]!;
    if (Object.is(was, is)) continue;
    if (!sameType && cellOf(before, row) === null && cellOf(after, row) === null) continue;
    changed++;
    changedInTraining += isTraining[row]!;
    if (examples.length < mostExamples) {
      const [first, second] = excerpts(cellOf(before, row), cellOf(after, row));
      examples.push({ row: rowNumbers[row]!, before: first, after: second });
    }
  }
  if (changed === 0 && sameType) return undefined;
  return { changed, changedInTraining, ...(sameType ? {} : { newType: after.type }), examples };
}

type Cell = number | string | null;

function excerpts(before: Cell, after: Cell): [Cell, Cell] {
  if (typeof before !== 'string' || before.length <= longestShown) return [before, cut(after, 0)];
  if (typeof after !== 'string') return [cut(before, 0), after];
  let same = 0;
  while (same < after.length && before.charCodeAt(same) === after.charCodeAt(same)) same++;
  const start = Math.max(0, same - longestShown / 4);
  return [cut(before, start), cut(after, start)];
}

function cut(cell: Cell, start: number): Cell {
  if (typeof cell !== 'string' || cell.length <= longestShown) return cell;
  const end = start + longestShown;
  return `${start > 0 ? '…' : ''}${cell.slice(start, end)}${end < cell.length ? '…' : ''}`;
}
