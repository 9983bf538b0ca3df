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
      const distances = distancesTo(table, spec);
      const problems: Problem[] = [];
      const changes = spec.columns.map((name): [string, Column] => {
        const donors = spec.references[name]!;
        if (donors.every((cell) => cell === null)) problems.push(nothingToFillWith(name));
        const column = columnNamed(table.columns, name);
        return [name, filled(column, (row) => average(distances(row), donors, neighbours, column.type))];
      });
      return { columns: withColumns(table.columns, changes), problems };
    },
  });
}

// The mean, or the most frequent text, of the nearest references that have a value; the earlier one among equally near.
function average(
  distances: Float64Array,
  donors: readonly (number | string | null)[],
  count: number,
  type: Column['type'],
) {
  const nearest: number[] = [];
  for (let at = 0; at < donors.length; at++) {
    if (donors[at] === null) continue;
    const distance = distances[at]!;
    if (nearest.length === count && distance >= distances[nearest[count - 1]!]!) continue;
    let place = nearest.length === count ? count - 1 : nearest.length;
    while (place > 0 && distances[nearest[place - 1]!]! > distance) {
      nearest[place] = nearest[place - 1]!;
      place--;
    }
    nearest[place] = at;
  }
  if (nearest.length === 0) return null;
  const found = nearest.map((at) => donors[at]!);
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

// The distance of a row to each reference row; 2, farther than any, where they share no feature.
function distancesTo(table: Table, { features, references }: Spec): (row: number) => Float64Array {
  const count = Object.values(references)[0]?.length ?? 0;
  const measured = features.map(({ name, range }) => {
    const column = columnNamed(table.columns, name);
    const codes = new Map<number | string, number>();
    const list = Float64Array.from(references[name]!, (cell) => {
      if (cell === null) return Number.NaN;
      if (range !== null) return cell as number;
      if (!codes.has(cell)) codes.set(cell, codes.size);
      return codes.get(cell)!;
    });
    return { column, range, codes, list };
  });
  const sums = new Float64Array(count);
  const shared = new Uint32Array(count);
  let ofRow = -1;
  return (row) => {
    if (row === ofRow) return sums;
    ofRow = row;
    sums.fill(0);
    shared.fill(0);
    for (const { column, range, codes, list } of measured) {
      if (isMissing(column, row)) continue;
      const cell = column.values[row]!;
      const value = range === null ? (codes.get(cell) ?? -1) : (cell as number);
      // texts differ by 1 or not at all, numbers by their share of the range
      const unit = range === null || range === 0 ? Number.MIN_VALUE : range;
      for (let at = 0; at < count; at++) {
        const difference = Math.abs(list[at]! - value);
        if (Number.isNaN(difference)) continue;
        sums[at]! += difference >= unit ? 1 : difference / unit;
        shared[at]!++;
      }
    }
    for (let at = 0; at < count; at++) sums[at] = shared[at] === 0 ? 2 : sums[at]! / shared[at]!;
    return sums;
  };
}
