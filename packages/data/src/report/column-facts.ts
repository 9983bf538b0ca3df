import { moments, quantileOf, sortedPresent } from '../table/statistics.ts';
import { type Column, cellOf, type Table } from '../table/table.ts';
import { countMissing, type LoadedTable } from '../table/table-of.ts';

/** What a column is for. `text` holds texts rather than categories. */
export type ColumnRole = 'id' | 'text' | 'input' | 'task' | 'other';

/** What stands in a column. JSON. */
export type ColumnFacts = {
  readonly column: string;
  readonly role: ColumnRole;
  readonly holds: 'numbers' | 'dates' | 'texts';
  readonly missing: number;
  readonly distinct: number;
  /** Texts that were taken for a missing value, such as `N/A`, and how often. */
  readonly missingMarkers: readonly (readonly [marker: string, count: number])[];
  /** Cells that were written otherwise than plainly, and cells that are not what the column holds, which count as missing. */
  readonly rewritten: number;
  readonly unreadable: number;
  /** Of columns of numbers. Dates are milliseconds since 1970 UTC. */
  readonly numbers?: {
    readonly lowest: number;
    readonly median: number;
    readonly mean: number;
    readonly deviation: number;
    readonly highest: number;
  };
  /** The most frequent values of columns of categories, at most 10. */
  readonly frequent?: readonly (readonly [value: string, count: number])[];
};

const longestShown = 60;

/** The facts of each column of a table; `isCategory` says of which columns of texts the most frequent values are worth a look. */
export function columnFacts(
  { columns, rowCount }: Table,
  roleOf: (column: string) => ColumnRole,
  isCategory: (column: string) => boolean,
  report?: LoadedTable['report'],
): ColumnFacts[] {
  return Object.entries(columns).map(([column, cells]) => {
    const read = report && Object.hasOwn(report.columns, column) ? report.columns[column] : undefined;
    const counts = valueCounts(cells, rowCount);
    const role = roleOf(column);
    const isDate = read?.format.type === 'date';
    return {
      column,
      role,
      holds: cells.type === 'text' ? 'texts' : isDate ? 'dates' : 'numbers',
      missing: countMissing(cells),
      distinct: counts.size,
      missingMarkers: Object.entries(read?.missingMarkers ?? {}).filter(([marker]) => marker !== ''),
      rewritten: read?.rewritten ?? 0,
      unreadable: read?.unreadable ?? 0,
      ...(cells.type === 'number' && counts.size > 0 && { numbers: numberFacts(cells.values) }),
      ...(cells.type === 'text' && isCategory(column) && { frequent: mostFrequent(counts, 10) }),
    };
  });
}

/** How often each value stands in a column. */
export function valueCounts(cells: Column, rowCount: number): Map<number | string, number> {
  const counts = new Map<number | string, number>();
  for (let row = 0; row < rowCount; row++) {
    const cell = cellOf(cells, row);
    if (cell !== null) counts.set(cell, (counts.get(cell) ?? 0) + 1);
  }
  return counts;
}

/** The values that stand most often, cut to what can be shown. */
export function mostFrequent(counts: ReadonlyMap<number | string, number>, most: number): [string, number][] {
  return [...counts]
    .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
    .slice(0, most)
    .map(([value, count]) => [excerpt(String(value)), count]);
}

/** The beginning of a text. */
export const excerpt = (text: string, most = longestShown): string =>
  text.length <= most ? text : `${text.slice(0, most).replace(/[\ud800-\udbff]$/, '')}…`;

/** Whether a column holds texts rather than categories: long or of several words, and mostly different. */
export function holdsTexts(cells: Column): boolean {
  if (cells.type === 'number') return false;
  const present = cells.values.filter((value) => value !== null).slice(0, 2000);
  if (present.length === 0) return false;
  const characters = present.reduce((sum, value) => sum + value.length, 0);
  const spaced = present.filter((value) => /\S\s+\S/.test(value)).length;
  return (
    characters >= 12 * present.length && spaced >= present.length / 2 && new Set(present).size >= present.length / 2
  );
}

function numberFacts(values: Float64Array): NonNullable<ColumnFacts['numbers']> {
  const sorted = sortedPresent(values);
  const { mean, deviation } = moments(values);
  const finite = (value: number) => (Number.isFinite(value) ? value : 0);
  return {
    lowest: finite(sorted[0] ?? Number.NaN),
    median: finite(quantileOf(sorted, 0.5)),
    mean: finite(mean),
    deviation: finite(deviation),
    highest: finite(sorted.at(-1) ?? Number.NaN),
  };
}
