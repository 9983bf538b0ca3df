import { nearest, quote } from '@polytask/base';
import type { ProblemCounts } from '../problem-counts.ts';
import { row } from '../sources/rows.ts';
import type { Cell, SourceRow, Values } from '../sources/types.ts';

/** What columns and labels of one source are called in the data set. */
export type ColumnMapping = {
  /** Columns of the data set by the source's: `{ headline: 'text' }`. Others keep their names, but one that is called so already gives way. */
  readonly columns?: Readonly<Record<string, string>>;
  /** By column of the data set, labels of the data set by the source's: `{ sentiment: { pos: 'positive', '4': 'positive', 'n/a': null } }`. */
  readonly labels?: Readonly<Record<string, Readonly<Record<string, string | null>>>>;
  /** Texts and numbers, as they are written and without spaces around them, that stand for a missing cell in any column, before labels are mapped: `['NA', '-999']`. */
  readonly missing?: readonly string[];
  /** The columns of the data set that this source fills; all others are left out, for example the tasks it has no trustworthy labels for. Default: all. */
  readonly keep?: readonly string[];
};

type Found = Extract<SourceRow, { values: Values }>;

/**
 * The cells of a row under the data set's names.
 *
 * A label that a mapping of its column does not name is missing afterwards, and told as E2154.
 */
export function mapColumns(
  found: Found,
  { columns = {}, labels = {}, missing, keep }: ColumnMapping,
  file: string,
  problems: ProblemCounts,
): Values {
  const values = row();
  const taken = new Set(Object.keys(columns).flatMap((name) => (name in found.values ? [columns[name]!] : [])));
  for (const name in found.values) {
    const isMapped = Object.hasOwn(columns, name);
    if (!isMapped && taken.has(name)) continue;
    const target = isMapped ? columns[name]! : name;
    if (keep && !keep.includes(target)) continue;
    const written = found.values[name]!;
    const isMissing = missing !== undefined && typeof written !== 'object' && missing.includes(String(written).trim());
    const cell = isMissing ? null : written;
    values[target] = Object.hasOwn(labels, target) ? mapLabel(cell, target, labels[target]!) : cell;
  }
  return values;

  function mapLabel(cell: Cell, path: string, names: Readonly<Record<string, string | null>>): Cell {
    if (cell === null || cell === '') return null;
    const label = String(cell).trim();
    if (Object.hasOwn(names, label)) return names[label]!;
    const { row: at, line } = found;
    const message = `The labels of ${quote(path)} are mapped, and ${quote(label)} is not among them; it is missing now.`;
    problems.add({
      code: 'E2154',
      file,
      line,
      row: at,
      path,
      message,
      fix: `Map it, or map it to null. Mapped: ${Object.keys(names).join(', ')}.`,
    });
    return null;
  }
}

/** @throws RangeError when two columns become one. */
export function checkMapping(name: string, { columns = {} }: ColumnMapping): void {
  const targets = Object.values(columns);
  const twice = targets.find((target, at) => targets.indexOf(target) !== at);
  if (twice !== undefined) {
    throw new RangeError(`${name}: expected different columns. Found two that become ${quote(twice)}.`);
  }
}

/** Notes which of the mapped columns of a source there are, and tells of the others when all rows were read: most are misspelt. */
export function watchMapping(
  { columns = {}, labels = {} }: ColumnMapping,
  file: string,
): { see(row: Values, mapped: Values): void; tell(problems: ProblemCounts): void } {
  const unseen = new Set(Object.keys(columns));
  const unlabelled = new Set(Object.keys(labels));
  const found = new Set<string>();
  return {
    see(row, mapped) {
      if (unseen.size + unlabelled.size === 0) return;
      for (const name in row) {
        unseen.delete(name);
        found.add(name);
      }
      for (const name in mapped) unlabelled.delete(name);
    },
    tell(problems) {
      if (found.size === 0) return; // without rows there is nothing to misspell
      for (const [name, key, use] of [
        ...Array.from(unseen, (name) => [name, 'columns', `it should be called ${quote(columns[name]!)}`] as const),
        ...Array.from(unlabelled, (name) => [name, 'labels', 'its labels are mapped'] as const),
      ]) {
        const guess = nearest(name, [...found]);
        const fix = `${guess ? `Did you mean ${quote(guess)}? ` : ''}Columns found: ${[...found].slice(0, 20).join(', ')}.`;
        problems.add({
          code: 'E2159',
          file,
          path: `${key}.${name}`,
          message: `No row has the column ${quote(name)}: ${use}.`,
          fix,
        });
      }
    },
  };
}
