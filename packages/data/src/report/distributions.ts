import type { Column, Table } from '../table/table.ts';
import { excerpt, valueCounts } from './column-facts.ts';
import { equalEdges, type Histogram, histogram } from './histogram.ts';

/** What the values of a column are like, before and after cleaning over the same bins. JSON. */
export type Distribution = { readonly column: string } & (
  | { readonly type: 'number'; readonly before: Histogram; readonly after?: Histogram }
  | {
      readonly type: 'text';
      /** The most frequent values; `others` stands for the rest. */
      readonly values: readonly { readonly value: string; readonly before: number; readonly after?: number }[];
      readonly others: { readonly values: number; readonly before: number; readonly after?: number };
    }
);

const mostValues = 10;

/** The distribution of each column but those left out, before cleaning and, where it was cleaned, after; new columns too. */
export function distributions(before: Table, after: Table | undefined, except: readonly string[]): Distribution[] {
  const names = [...new Set([...Object.keys(before.columns), ...Object.keys(after?.columns ?? {})])];
  return names
    .filter((column) => !except.includes(column))
    .flatMap((column): Distribution[] => {
      const was = columnOf(before, column);
      const is = after && columnOf(after, column);
      const type = was?.type ?? is!.type;
      if (type === 'number') {
        // a column whose type changed is shown as it was
        const numbers = (cells: Column | undefined) => (cells?.type === 'number' ? cells.values : undefined);
        const [first, second] = [numbers(was), numbers(is)];
        const edges = equalEdges(first?.some(Number.isFinite) ? first : (second ?? []));
        if (edges.length === 0) return [];
        return [
          {
            column,
            type,
            before: histogram(first ?? [], edges),
            ...(second && { after: histogram(second, edges) }),
          },
        ];
      }
      const counts = was ? valueCounts(was, before.rowCount) : new Map<number | string, number>();
      const later = is && valueCounts(is, after!.rowCount);
      const all = [...new Set([...counts.keys(), ...(later?.keys() ?? [])])].sort(
        (a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0) || (later?.get(b) ?? 0) - (later?.get(a) ?? 0),
      );
      if (all.length === 0) return [];
      const sum = (list: readonly (number | string)[], from: ReadonlyMap<number | string, number>) =>
        list.reduce<number>((total, value) => total + (from.get(value) ?? 0), 0);
      const rest = all.slice(mostValues);
      return [
        {
          column,
          type,
          values: all.slice(0, mostValues).map((value) => ({
            value: excerpt(String(value)),
            before: counts.get(value) ?? 0,
            ...(later && { after: later.get(value) ?? 0 }),
          })),
          others: {
            values: rest.length,
            before: sum(rest, counts),
            ...(later && { after: sum(rest, later) }),
          },
        },
      ];
    });
}

const columnOf = ({ columns }: Table, name: string): Column | undefined =>
  Object.hasOwn(columns, name) ? columns[name] : undefined;
