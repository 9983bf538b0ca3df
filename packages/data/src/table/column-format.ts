import { type Problem, quote } from '@polytask/base';
import { type DateOrder, dateOrders, parseDate } from './parse-date.ts';
import { type DecimalSign, looseNumber, plainNumber } from './parse-number.ts';
import type { Column } from './table.ts';

/** How the cells of a column are read. JSON, saved so that later data is read the same way. */
export type ColumnFormat =
  | { readonly type: 'number'; readonly decimal: DecimalSign }
  | { readonly type: 'date'; readonly order: DateOrder }
  | { readonly type: 'text' };

/** A change of a cell's text on the way into the table. */
export type CellChange = { readonly row: number; readonly before: string; readonly after: number | string | null };

export type ReadColumn = {
  readonly column: Column;
  /** Texts that stand for nothing, such as `N/A`, and how often each was found. */
  readonly missingMarkers: Readonly<Record<string, number>>;
  /** Cells whose number or date was written otherwise than plainly. */
  readonly rewritten: number;
  /** Cells that are not what the column is; they are missing now. */
  readonly unreadable: number;
  /** The first changes of each kind, rows counted from 0. */
  readonly examples: readonly CellChange[];
};

/** Texts that mean a missing value in every column. Compared without case and outer spaces. */
export const missingMarkers: readonly string[] = ['', '?', 'n/a', '#n/a', 'nan', 'null', '<na>'];
/** Texts that mean a missing value only where the column holds numbers or dates: elsewhere they may be words (`none`, `NA`). */
export const numericMissingMarkers: readonly string[] = ['na', 'none', 'nil', '-', '--', '.', 'missing', 'unknown'];

const longestMarker = 8;
const mostExamples = 3;

export function isMarker(text: string, list: readonly string[]): boolean {
  if (text.length > longestMarker + 8) return false;
  return list.includes(text.trim().toLowerCase());
}

/** `isMarker` for many texts: most of them are told by their first character. */
function markerTest(list: readonly string[]): (text: string) => boolean {
  const starts = new Uint8Array(128);
  for (const marker of list) {
    for (const start of [marker, marker.toUpperCase()]) if (start !== '') starts[start.charCodeAt(0) & 127] = 1;
  }
  return (text) => {
    const first = text.charCodeAt(0); // NaN for the empty text
    if (first > 32 && first < 128 && starts[first] === 0) return false;
    return isMarker(text, list);
  };
}

/**
 * What a column holds, from its texts: numbers when at least `minimum` of them are (default 0.95), dates when all are, else texts.
 *
 * Numbers that would lose something stay texts: leading zeros (`007`) and whole numbers above 2⁵³. Whether `1,234` has a fraction is
 * decided by the column's other cells; without any that tell, it is 1234 (E2221). Dates that can be read both ways stay texts (E2223).
 */
export function inferFormat(
  cells: ArrayLike<string | number | null>,
  minimum = 0.95,
  markers: readonly string[] = missingMarkers,
): { format: ColumnFormat; problem?: Problem } {
  if (cells instanceof Float64Array && cells.length > 0) return { format: { type: 'number', decimal: '.' } };
  const isMissing = markerTest([...markers, ...numericMissingMarkers]);
  let given = 0; // cells that came as numbers
  let texts = 0;
  let readable = 0;
  const evidence = { '.': 0, ',': 0 };
  let ambiguous: string | undefined;
  let lossy = false;
  let unreadable = 0;
  let hopeless = false; // too many texts for a column of numbers: no need to look at the rest
  for (let row = 0; row < cells.length; row++) {
    const cell = cells[row] ?? null;
    if (cell === null) continue;
    if (typeof cell === 'number') {
      given++;
      continue;
    }
    const plain = hopeless ? Number.NaN : plainNumber(cell);
    if (!Number.isNaN(plain)) {
      texts++;
      readable++;
      lossy ||= losesSomething(cell, plain);
      const dot = cell.indexOf('.');
      // with two digits after the dot, as most decimals have them, no group of three can stand there
      if (dot >= 0 && (cell.length - dot < 4 || !mayBeGroups.test(cell))) evidence['.']++;
      continue;
    }
    if (isMissing(cell)) continue;
    texts++;
    if (hopeless) continue;
    const parsed = looseNumber(cell);
    if (parsed === undefined) {
      hopeless = ++unreadable > (1 - minimum) * cells.length;
      continue;
    }
    readable++;
    lossy ||= losesSomething(cell, parsed.value);
    if (parsed.ambiguous && cell.includes(',')) ambiguous ??= cell;
    else if (parsed.decimal && !parsed.ambiguous) evidence[parsed.decimal]++;
  }
  const numbers = hopeless ? 0 : given + readable;
  const total = given + texts;
  if (total === 0) return { format: { type: 'text' } };
  if (!lossy && numbers >= minimum * total) {
    const decimal = evidence[','] > evidence['.'] ? ',' : '.';
    const format = { type: 'number', decimal } as const;
    const conflict = evidence[','] > 0 && evidence['.'] > 0;
    if (ambiguous === undefined || (!conflict && evidence[','] + evidence['.'] > 0)) return { format };
    const reading = looseNumber(ambiguous, decimal)!.value;
    return {
      format,
      problem: {
        code: 'E2221',
        message: `${quote(ambiguous)} can be read in two ways, and other cells do not tell which; it is read as ${reading}.`,
        fix: 'Say which sign stands before fractions.',
      },
    };
  }
  const words = function* () {
    for (let row = 0; row < cells.length; row++) {
      const cell = cells[row];
      if (typeof cell === 'string' && !isMissing(cell)) yield cell;
    }
  };
  const orders = given > 0 ? [] : dateOrders(words());
  if (orders.length === 1) return { format: { type: 'date', order: orders[0]! } };
  if (orders.length === 0) return { format: { type: 'text' } };
  const message = `${quote(words().next().value)} and the other dates can be read with the day or the month first; they stay texts.`;
  return { format: { type: 'text' }, problem: { code: 'E2223', message, fix: 'Say which comes first.' } };
}

const mayBeGroups = /^\s*[+-]?[1-9]\d{0,2}\.\d{3}\s*$/;

function losesSomething(text: string, value: number): boolean {
  if (Number.isInteger(value) && Math.abs(value) > Number.MAX_SAFE_INTEGER && !/[.eE]/.test(text)) return true;
  const first = text.charCodeAt(0);
  if (first > 48 && first <= 57) return false; // most numbers, told without a regular expression
  return /^\s*[+-]?0\d/.test(text) && text.length < 40;
}

/** The cells of a column as its format says; markers of missing values and unreadable cells become missing, and are counted. */
export function readColumn(
  cells: ArrayLike<string | number | null>,
  format: ColumnFormat,
  markers: readonly string[] = missingMarkers,
): ReadColumn {
  if (cells instanceof Float64Array && format.type !== 'text') {
    return {
      column: { type: 'number', values: cells.slice() },
      missingMarkers: {},
      rewritten: 0,
      unreadable: 0,
      examples: [],
    };
  }
  const found = new Map<string, number>();
  const examples: CellChange[] = [];
  const shown = { marker: 0, rewritten: 0, unreadable: 0 };
  const note = (kind: keyof typeof shown, row: number, before: string, after: number | string | null) => {
    if (shown[kind]++ < mostExamples) examples.push({ row, before: quote(before, 80), after });
  };
  const marked = (row: number, text: string) => {
    if (text !== '') note('marker', row, text, null); // an empty cell is nothing to explain
    found.set(text.trim(), (found.get(text.trim()) ?? 0) + 1);
  };
  const count = cells.length;
  let column: Column;
  if (format.type === 'text') {
    const isMissing = markerTest(markers);
    const values = new Array<string | null>(count);
    for (let row = 0; row < count; row++) {
      const cell = cells[row] ?? null;
      if (typeof cell === 'string' && isMissing(cell)) {
        marked(row, cell);
        values[row] = null;
      } else values[row] = cell === null ? null : String(cell);
    }
    column = { type: 'text', values };
  } else {
    const values = new Float64Array(count).fill(Number.NaN);
    for (let row = 0; row < count; row++) {
      const cell = cells[row] ?? null;
      if (cell === null) continue;
      if (typeof cell === 'number') {
        values[row] = cell;
        continue;
      }
      // a dot is plain unless the column's sign before fractions is the comma
      const plain =
        format.type === 'number' && (format.decimal === '.' || !cell.includes('.')) ? plainNumber(cell) : Number.NaN;
      if (!Number.isNaN(plain)) {
        values[row] = plain;
        continue;
      }
      if (isMarker(cell, markers) || isMarker(cell, numericMissingMarkers)) {
        marked(row, cell);
        continue;
      }
      const value =
        format.type === 'date'
          ? parseDate(cell, format.order)
          : (looseNumber(cell, format.decimal)?.value ?? Number.NaN);
      values[row] = value;
      note(Number.isNaN(value) ? 'unreadable' : 'rewritten', row, cell, Number.isNaN(value) ? null : value);
    }
    column = { type: 'number', values };
  }
  const markerCounts = Object.create(null) as Record<string, number>;
  for (const [marker, times] of found) markerCounts[marker] = times;
  return { column, missingMarkers: markerCounts, rewritten: shown.rewritten, unreadable: shown.unreadable, examples };
}
