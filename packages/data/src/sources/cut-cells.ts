import { afterQuoted } from './csv-record.ts';

const QUOTE = 34;

/** Where the cells of many rows stand in one text: most of them never become a string of their own. */
export type CellBounds = {
  readonly text: string;
  /** Start and end in the text, two numbers a cell; cell i that stands elsewhere has −1 − (its place in `others`) as its start. */
  readonly bounds: Int32Array;
  /** Cells with doubled quotes, undoubled, and those of records that were decoded alone. */
  readonly others: readonly string[];
};

/** The text of a cell. */
export function cellText({ text, bounds, others }: CellBounds, cell: number): string {
  const start = bounds[2 * cell]!;
  return start < 0 ? others[-1 - start]! : text.slice(start, bounds[2 * cell + 1]!);
}

export interface CellCutter {
  /** Cells so far. */
  count(): number;
  /** Cuts the well-formed record within `start` and `end`; gives the number of its cells. */
  cut(text: string, start: number, end: number): number;
  /** Forgets the last cells. */
  drop(cells: number): void;
  /** All cells since the last call. */
  take(): CellBounds;
}

/** Cuts records at a delimiter, quotes as in RFC 4180, and notes where their cells are. */
export function cellCutter(delimiter: string): CellCutter {
  const separator = delimiter.charCodeAt(0);
  let whole = '';
  let bounds = new Int32Array(1 << 13);
  let count = 0;
  let others: string[] = [];

  const add = (text: string, start: number, end: number, doubled: boolean) => {
    if (2 * count === bounds.length) {
      const longer = new Int32Array(2 * bounds.length);
      longer.set(bounds);
      bounds = longer;
    }
    if (text === whole && !doubled) {
      bounds[2 * count] = start;
      bounds[2 * count + 1] = end;
    } else {
      const cell = text.slice(start, end);
      others.push(doubled ? cell.replaceAll('""', '"') : cell);
      bounds[2 * count] = -others.length;
    }
    count++;
  };

  return {
    count: () => count,
    cut(text, start, end) {
      if (count === 0) whole = text;
      const before = count;
      for (let at = start; ; at++) {
        if (at < end && text.charCodeAt(at) === QUOTE) {
          const after = afterQuoted(text, at);
          const inner = text.indexOf('"', at + 1);
          add(text, at + 1, after - 1, inner < after - 1);
          at = after;
        } else {
          const first = at;
          while (at < end && text.charCodeAt(at) !== separator) at++;
          add(text, first, at, false);
        }
        if (at >= end) return count - before;
      }
    },
    drop(cells) {
      count -= cells;
    },
    take() {
      const taken = { text: whole, bounds, others };
      [whole, count, others] = ['', 0, []];
      bounds = new Int32Array(bounds.length);
      return taken;
    },
  };
}
