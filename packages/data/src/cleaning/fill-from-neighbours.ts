import { type Problem, permutation } from '@polytask/base';
import { modeOf, moments } from '../table/statistics.ts';
import { type Column, cellOf, selectRows, type Table } from '../table/table.ts';
import { type CleaningStep, cleaningStep } from './cleaning-step.ts';
import { chosenColumns, columnNamed, isMissing, withColumns } from './columns.ts';
import { filled, nothingToFillWith } from './fill-missing.ts';

export type NeighbourOptions = {
  /** How many neighbours. Default: 5. */
  readonly neighbours?: number;
  /** Columns to fill. Default: all. */
  readonly columns?: readonly string[];
  /** Columns that distances are measured on; labels do not belong here. Default: all. */
  readonly features?: readonly string[];
  /** At most so many training rows serve as neighbours, picked with the key. Default: 2000. */
  readonly maxReferences?: number;
};

type Spec = {
  readonly columns: readonly string[];
  readonly features: readonly { readonly name: string; readonly range: number | null }[];
  readonly references: { readonly [name: string]: readonly (number | string | null)[] };
};

/**
 * Fills a missing cell from the k nearest training rows that have it: their mean, of texts their most frequent value.
 *
 * Distance: Gower (1971), the mean over the features that both rows have of |x − y| / range for numbers and of [x ≠ y] for texts; the range
 * is that of the training rows, and differences beyond it count as 1. Spec: the reference rows. A row never serves itself.
 *
 * @throws RangeError when an option is out of range or a column does not exist.
 */
export function fillFromNeighbours(options: NeighbourOptions = {}): CleaningStep {
  const { neighbours = 5, columns, features, maxReferences = 2000 } = options;
  for (const [name, value] of Object.entries({ neighbours, maxReferences })) {
    if (!(Number.isInteger(value) && value > 0))
      throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
  }
  return cleaningStep<Spec>({
    name: 'fill from neighbours',
    options: { neighbours, columns: columns ?? null, features: features ?? null, maxReferences },
    fit(training, key) {
      const picked = permutation(key, training.rowCount).slice(0, maxReferences).sort();
      const references = selectRows(training, picked);
      const measured = chosenColumns(training, features).map(([name, column]) => ({ name, range: rangeOf(column) }));
      const wanted = chosenColumns(training, columns).map(([name]) => name);
      const kept = [...new Set([...wanted, ...measured.map(({ name }) => name)])];
      const finite = (cell: number | string | null) =>
        typeof cell === 'number' && !Number.isFinite(cell) ? null : cell; // JSON has no ∞
      const lists = kept.map((name) => {
        const column = references.columns[name]!;
        return [name, Array.from(picked, (_, at) => finite(cellOf(column, at)))] as const;
      });
      return { columns: wanted, features: measured, references: Object.fromEntries(lists) };
    },
    apply(table, spec) {
      const nearest = nearestRows(table, spec);
      const problems: Problem[] = [];
      const changes = spec.columns.map((name): [string, Column] => {
        const donors = spec.references[name]!;
        if (donors.every((cell) => cell === null)) problems.push(nothingToFillWith(name));
        const column = columnNamed(table.columns, name);
        return [name, filled(column, (row) => average(nearest(row), donors, neighbours, column.type))];
      });
      return { columns: withColumns(table.columns, changes), problems };
    },
  });
}

function average(
  order: Iterable<number>,
  donors: readonly (number | string | null)[],
  count: number,
  type: Column['type'],
) {
  const found: (number | string)[] = [];
  for (const at of order) {
    const donor = donors[at]!;
    if (donor === null) continue;
    found.push(donor);
    if (found.length === count) break;
  }
  if (found.length === 0) return null;
  return type === 'text' ? modeOf(found) : moments(found as number[]).mean;
}

function rangeOf(column: Column): number | null {
  if (column.type === 'text') return null;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of column.values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return high > low ? Math.min(high - low, Number.MAX_VALUE) : 0; // JSON has no ∞
}

// The reference rows by distance, nearest first; those that share no feature with the row come last.
function nearestRows(table: Table, { features, references }: Spec): (row: number) => Uint32Array {
  const count = Object.values(references)[0]?.length ?? 0;
  const measured = features.map(({ name, range }) => {
    const column = columnNamed(table.columns, name);
    const list = references[name]!;
    return range === null
      ? { column, range, texts: list }
      : { column, range, numbers: Float64Array.from(list, (cell) => (typeof cell === 'number' ? cell : Number.NaN)) };
  });
  const sums = new Float64Array(count);
  const shared = new Uint32Array(count);
  let ofRow = -1;
  let order = new Uint32Array(0);
  return (row) => {
    if (row === ofRow) return order;
    sums.fill(0);
    shared.fill(0);
    for (const { column, range, texts, numbers } of measured) {
      if (isMissing(column, row)) continue;
      const value = column.values[row]!;
      for (let at = 0; at < count; at++) {
        if (numbers !== undefined) {
          const difference = Math.abs(numbers[at]! - (value as number));
          if (Number.isNaN(difference)) continue;
          sums[at]! += difference === 0 ? 0 : difference >= range ? 1 : difference / range;
        } else {
          if (texts[at] === null) continue;
          if (texts[at] !== value) sums[at]!++;
        }
        shared[at]!++;
      }
    }
    for (let at = 0; at < count; at++) sums[at] = shared[at] === 0 ? 2 : sums[at]! / shared[at]!;
    order = Uint32Array.from({ length: count }, (_, at) => at).sort((a, b) => sums[a]! - sums[b]! || a - b);
    ofRow = row;
    return order;
  };
}
