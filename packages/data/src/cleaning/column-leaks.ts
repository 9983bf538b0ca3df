import { type Column, cellOf, type Table } from '../table/table.ts';
import { columnNamed } from './columns.ts';

export type ColumnLeak = {
  readonly column: string;
  /** What of the column: its value, a path's ending or folder, or the length of a text. */
  readonly facet: 'value' | 'extension' | 'folder' | 'length';
  /** How well it tells the label: the accuracy of the most frequent label per value, or |r| of two columns of numbers. */
  readonly score: number;
  /** The accuracy of the most frequent label of all; 0 for |r|. */
  readonly baseline: number;
  readonly distinct: number;
};

export type ColumnLeakOptions = {
  /** Rows to look at. Default: all. */
  readonly rows?: ArrayLike<number>;
  /** The score from which a column gives the label away. Default: 0.99. */
  readonly minScore?: number;
  /** Columns to leave alone, such as other labels. */
  readonly except?: readonly string[];
};

type Cell = number | string | null;

/**
 * Columns that give the label away: its value, the ending or folder of a path, or a text's length tells the label in nearly every row.
 *
 * Only values that repeat count, so that an id is no leak: a value that stands in one row tells nothing, and columns whose repeated values
 * cover under half of the rows are left out unless they are numbers, which leak when each label has an interval of its own.
 *
 * @throws RangeError when the label's column does not exist.
 */
export function columnLeaks(table: Table, label: string, options: ColumnLeakOptions = {}): ColumnLeak[] {
  const { minScore = 0.99, except = [] } = options;
  const labels = columnNamed(table.columns, label);
  const rows = Array.from(options.rows ?? Uint32Array.from({ length: table.rowCount }, (_, row) => row)).filter(
    (row) => cellOf(labels, row) !== null,
  );
  const targets = rows.map((row) => cellOf(labels, row)!);
  if (new Set(targets).size < 2) return [];
  const regression = labels.type === 'number' && new Set(targets).size > 20;
  const leaks: ColumnLeak[] = [];
  for (const [name, column] of Object.entries(table.columns)) {
    if (name === label || except.includes(name)) continue;
    for (const { facet, cells } of facetsOf(column, rows)) {
      const found =
        regression && column.type === 'number'
          ? correlation(cells as (number | null)[], targets as number[])
          : (repeatedValues(cells, targets) ??
            (column.type === 'number' && !regression ? intervals(cells, targets) : undefined));
      // as good as always guessing the most frequent label is no leak
      if (found === undefined || found.score < minScore || found.score - found.baseline < (1 - found.baseline) / 2)
        continue;
      leaks.push({ column: name, facet, ...found, distinct: new Set(cells).size });
    }
  }
  return leaks.sort((a, b) => b.score - a.score || a.distinct - b.distinct);
}

function facetsOf(column: Column, rows: readonly number[]): { facet: ColumnLeak['facet']; cells: Cell[] }[] {
  const cells = rows.map((row) => cellOf(column, row));
  const facets: { facet: ColumnLeak['facet']; cells: Cell[] }[] = [{ facet: 'value', cells }];
  if (column.type === 'number') return facets;
  const texts = cells as (string | null)[];
  const map = (read: (text: string) => Cell) => texts.map((text) => (text === null ? null : read(text)));
  facets.push({ facet: 'length', cells: map((text) => text.length) });
  const paths = texts.filter((text) => text !== null && /^\S{1,400}\.[a-z0-9]{1,5}$/i.test(text)).length;
  if (paths < 0.9 * texts.length) return facets;
  facets.push({ facet: 'extension', cells: map((text) => text.slice(text.lastIndexOf('.') + 1)) });
  if (texts.some((text) => text?.includes('/'))) {
    facets.push({ facet: 'folder', cells: map((text) => text.slice(0, Math.max(0, text.lastIndexOf('/')))) });
  }
  return facets;
}

// Each row's label is guessed from the other rows with its value (leave one out), so that chance does not look like knowledge; values of one
// row say nothing.
function repeatedValues(
  cells: readonly Cell[],
  targets: readonly Cell[],
): { score: number; baseline: number } | undefined {
  const byValue = new Map<Cell, Map<Cell, number>>();
  const overall = new Map<Cell, number>();
  cells.forEach((cell, at) => {
    let labels = byValue.get(cell);
    if (labels === undefined) {
      labels = new Map();
      byValue.set(cell, labels);
    }
    labels.set(targets[at]!, (labels.get(targets[at]!) ?? 0) + 1);
    overall.set(targets[at]!, (overall.get(targets[at]!) ?? 0) + 1);
  });
  let covered = 0;
  let right = 0;
  for (const labels of byValue.values()) {
    const counts = [...labels.values()];
    const size = counts.reduce((sum, count) => sum + count, 0);
    if (size < 2) continue;
    covered += size;
    counts.sort((a, b) => b - a);
    if (counts[0]! - 1 > (counts[1] ?? 0)) right += counts[0]!;
  }
  if (covered < cells.length / 2) return undefined;
  return { score: right / covered, baseline: Math.max(...overall.values()) / cells.length };
}

// Accuracy of one interval per label, when sorting by the column sorts the labels too; undefined when the labels are mixed.
function intervals(cells: readonly Cell[], targets: readonly Cell[]): { score: number; baseline: number } | undefined {
  const order = cells.flatMap((cell, at) => (typeof cell === 'number' ? [at] : []));
  if (order.length < cells.length / 2) return undefined;
  order.sort((a, b) => (cells[a] as number) - (cells[b] as number));
  const counts = new Map<Cell, number>();
  for (const target of targets) counts.set(target, (counts.get(target) ?? 0) + 1);
  let changes = 0;
  for (let at = 1; at < order.length; at++) if (targets[order[at]!] !== targets[order[at - 1]!]) changes++;
  // with few rows an order by chance is no surprise
  if (changes !== counts.size - 1 || order.length < 8 * counts.size) return undefined;
  return { score: 1, baseline: Math.max(...counts.values()) / targets.length };
}

function correlation(
  cells: readonly (number | null)[],
  targets: readonly number[],
): { score: number; baseline: number } | undefined {
  const pairs = cells.flatMap((cell, at) => (cell === null ? [] : [[cell, targets[at]!] as const]));
  if (pairs.length < 8) return undefined;
  const mean = (of: 0 | 1) => pairs.reduce((sum, pair) => sum + pair[of], 0) / pairs.length;
  const [meanX, meanY] = [mean(0), mean(1)];
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (const [x, y] of pairs) {
    xx += (x - meanX) ** 2;
    yy += (y - meanY) ** 2;
    xy += (x - meanX) * (y - meanY);
  }
  return xx > 0 && yy > 0 ? { score: Math.abs(xy) / Math.sqrt(xx * yy), baseline: 0 } : undefined;
}
