import { type Problem, quote } from '@polytask/base';
import { crossingGroups } from './crossing-groups.ts';
import { duplicateGroups } from './duplicate-groups.ts';
import type { GroupValue } from './group-numbers.ts';
import { idLikeColumns } from './id-like-columns.ts';
import { partNames } from './part-names.ts';

export type SplitLeakOptions = {
  /** The texts of each example, one or several: equal ones are found (E2320). */
  readonly texts?: readonly (string | readonly string[])[];
  /** Finds near-duplicates (E2321): a group number per text, such as `(texts) => nearDuplicates(texts, { key }).groups`. */
  readonly nearDuplicates?: (texts: readonly string[]) => ArrayLike<number>;
  /** Columns by name, each with a value per example: those that look like ids of groups are found (E2322). */
  readonly columns?: Readonly<Record<string, ArrayLike<GroupValue>>>;
  /** Columns that are ids of groups whatever they look like. */
  readonly groupColumns?: readonly string[];
  /** A name per part. Default: train, validation, test. */
  readonly names?: readonly string[];
};

/**
 * What of each held-out part is known from the first part already, so that its score will say too much: one problem per kind and part.
 *
 * E2320 texts that are equal but for case, width and white space · E2321 near-duplicates · E2322 groups on both sides, in a column whose
 * values look like ids (see `idLikeColumns`). An empty list means that none of these was found.
 *
 * @throws RangeError when texts or columns are not one per example.
 */
export function splitLeaks(parts: readonly ArrayLike<number>[], options: SplitLeakOptions): Problem[] {
  const { texts, nearDuplicates, columns = {}, groupColumns = [] } = options;
  const names = partNames(parts.length, options.names);
  const [training, ...others] = parts;
  if (training === undefined) return [];
  const problems: Problem[] = [];
  const count = Math.max(0, ...parts.map((part) => largest(part) + 1));
  const requireRows = (name: string, length: number) => {
    if (length < count) throw new RangeError(`${name}: expected at least ${count}, one per example. Found ${length}.`);
  };
  const heldOut = others.map((part, at) => ({ part, name: names[at + 1]! })).filter(({ part }) => part.length > 0);

  if (texts) {
    requireRows('texts', texts.length);
    const exact = duplicateGroups(texts);
    const near = nearDuplicates?.(texts.map((text) => (typeof text === 'string' ? text : text.join('\n'))));
    if (near) requireRows('nearDuplicates', near.length);
    for (const { part, name } of heldOut) {
      const equal = crossingGroups(exact, training, part).examples;
      if (equal > 0) {
        const message = `Leak: ${equal} of ${part.length} texts of the ${name} part stand in the ${names[0]} part too.`;
        problems.push({
          code: 'E2320',
          path: name,
          message,
          fix: 'Keep equal texts on one side (groups of duplicateGroups), or drop them.',
        });
      }
      const similar = near ? crossingGroups(near, training, part).examples : 0;
      if (similar > equal) {
        const message = `Leak: ${similar} of ${part.length} texts of the ${name} part are nearly those of examples of the ${names[0]} part.`;
        problems.push({
          code: 'E2321',
          path: name,
          message,
          fix: 'Keep near-duplicates on one side (groups of nearDuplicates), or drop them.',
        });
      }
    }
  }

  for (const [name, values] of Object.entries(columns)) requireRows(name, values.length);
  const found = new Map(idLikeColumns(columns).map((column) => [column.name, column]));
  for (const column of groupColumns) {
    const values = columns[column];
    if (values === undefined || found.has(column)) continue;
    found.set(column, { name: column, reasons: ['it was said to be one'], groups: numbered(values), distinct: 0 });
  }
  for (const { name: column, reasons, groups } of found.values()) {
    for (const { part, name } of heldOut) {
      const { examples, groups: present, shared } = crossingGroups(groups, training, part);
      if (examples === 0) continue;
      problems.push({
        code: 'E2322',
        path: column,
        message: `Leak: the column ${quote(column)} looks like the id of a group (${reasons.join('; ')}), and ${shared} of its ${present} values in the ${name} part stand in the ${names[0]} part too: ${examples} of ${part.length} rows.`,
        fix: `Split by group, with the column ${quote(column)}, unless rows of one group tell nothing about each other.`,
      });
    }
  }
  return problems;
}

function largest(part: ArrayLike<number>): number {
  let most = -1;
  for (let at = 0; at < part.length; at++) if (part[at]! > most) most = part[at]!;
  return most;
}

function numbered(values: ArrayLike<GroupValue>): Int32Array {
  const numbers = new Map<string, number>();
  return Int32Array.from(values, (value) => {
    if (value === null || value === '') return -1;
    const known = numbers.get(String(value)) ?? numbers.size;
    numbers.set(String(value), known);
    return known;
  });
}
