import { fold, type Key } from '@polytask/base';
import { type ColumnLeak, columnLeaks } from '../cleaning/column-leaks.ts';
import { contentOf } from '../cleaning/duplicate-rows.ts';
import { type LabelLeak, labelLeaks } from '../cleaning/label-leaks.ts';
import { nearDuplicates } from '../cleaning/near-duplicates.ts';
import { duplicateGroups } from '../splits/duplicate-groups.ts';
import { idLikeColumns } from '../splits/id-like-columns.ts';
import { type Column, cellOf, type Table } from '../table/table.ts';
import { excerpt } from './column-facts.ts';
import { groupLeaks, type PartLeak, type Parts } from './facts.ts';

/** Groups of rows that stand in two parts at once, the rows by their names. JSON. */
export type NamedPartLeak = Omit<PartLeak, 'examples'> & {
  readonly examples: readonly {
    readonly rows: readonly [string, string];
    /** The beginnings of their texts, where the groups are of texts. */
    readonly texts?: readonly [string, string];
  }[];
};

/** Rows that are equal, or nearly. JSON. */
export type RepeatedRows = {
  /** `rows` compares all columns but ids; otherwise the texts of this column. */
  readonly of: 'rows' | { readonly column: string };
  readonly likeness: 'equal' | 'nearly equal';
  /** How many rows were compared, from the first on. */
  readonly compared: number;
  readonly groups: number;
  readonly rows: number;
  readonly leaks: readonly NamedPartLeak[];
};

/** A column that looks like the ids of patients, users, recordings, … JSON. */
export type GroupFacts = {
  readonly column: string;
  readonly reasons: readonly string[];
  readonly distinct: number;
  readonly leaks: readonly NamedPartLeak[];
};

/** What tells the label of a task that should not: words of a text column, and other columns. JSON. */
export type GiveAways = {
  readonly task: string;
  readonly words: readonly (LabelLeak & { readonly column: string })[];
  readonly columns: readonly ColumnLeak[];
};

type Named = (row: number) => string;

/** The same rows or texts more than once, and whether they stand in two parts. */
export function repeatedRows(
  { columns, rowCount }: Table,
  texts: readonly string[],
  { ids, labels }: { readonly ids: readonly string[]; readonly labels: readonly string[] },
  parts: Parts,
  { key, mostTexts, nameOf }: { readonly key: Key; readonly mostTexts: number; readonly nameOf: Named },
): RepeatedRows[] {
  const compared = Object.entries(columns).filter(([name]) => !ids.includes(name));
  const found: RepeatedRows[] = [];
  // rows that have nothing in common but their labels are no repetition, as those of images whose names stand in the table
  if (compared.some(([name]) => !labels.includes(name))) {
    const contents = Array.from({ length: rowCount }, (_, row) =>
      contentOf(
        compared.map(([, column]) => column),
        row,
      ),
    );
    found.push({ of: 'rows', likeness: 'equal', compared: rowCount, ...repeats(contents, parts, nameOf) });
  }
  for (const column of texts) {
    const cells = columns[column]!;
    if (cells.type !== 'text') continue;
    const { values } = cells;
    const equal = duplicateGroups(values.map((text) => text ?? ''));
    const equalGroups = Array.from(equal, (group, row) => (values[row] === null ? null : group));
    const of = { column };
    found.push({ of, likeness: 'equal', compared: rowCount, ...repeats(equalGroups, parts, nameOf, values) });
    const first = Math.min(rowCount, mostTexts);
    const { groups } = nearDuplicates(values.slice(0, first), { key: fold(key, column) });
    const near = Array.from(values, (text, row) => (row < first && text !== null ? groups[row]! : null));
    found.push({ of, likeness: 'nearly equal', compared: first, ...repeats(near, parts, nameOf, values) });
  }
  return found;
}

/** The columns that look like ids of groups, and the groups that stand in two parts. */
export function groupFacts(
  { columns, rowCount }: Table,
  except: readonly string[],
  parts: Parts,
  nameOf: Named,
): GroupFacts[] {
  const candidates = Object.entries(columns).filter(([name]) => !except.includes(name));
  const lists = Object.fromEntries(candidates.map(([name, column]) => [name, cellsOf(column, rowCount)]));
  return idLikeColumns(lists).map(({ name, reasons, groups, distinct }) => {
    const known = Array.from(groups, (group) => (group < 0 ? null : group));
    return { column: name, reasons, distinct, leaks: groupLeaks(known, parts).map((leak) => named(leak, nameOf)) };
  });
}

/** For each task what gives its labels away. Labels of other tasks may well be related: they are left out. */
export function giveAways(
  table: Table,
  tasks: Readonly<Record<string, string>>,
  texts: readonly string[],
  { ids, labels: labelColumns }: { readonly ids: readonly string[]; readonly labels: readonly string[] },
): GiveAways[] {
  return Object.entries(tasks).map(([task, label]) => {
    const labels = cellsOf(table.columns[label]!, table.rowCount);
    const words = texts.flatMap((column) => {
      const cells = table.columns[column]!;
      if (cells.type !== 'text') return [];
      return labelLeaks(cells.values, labels)
        .slice(0, 20)
        .map((leak) => ({ column, ...leak }));
    });
    const leaks = columnLeaks(table, label, { except: [...labelColumns, ...ids] });
    // where the whole value tells the label, a part of it is no news
    const whole = new Set(leaks.flatMap(({ column, facet }) => (facet === 'value' ? [column] : [])));
    const columns = leaks.filter(({ column, facet }) => facet === 'value' || !whole.has(column));
    return { task, words, columns };
  });
}

/** The cells of a column as JSON has them. */
export const cellsOf = (column: Column, rowCount: number): (number | string | null)[] =>
  Array.from({ length: rowCount }, (_, row) => cellOf(column, row));

function repeats(
  groups: readonly (number | string | null)[],
  parts: Parts,
  nameOf: Named,
  texts?: readonly (string | null)[],
): Pick<RepeatedRows, 'groups' | 'rows' | 'leaks'> {
  const sizes = new Map<number | string, number>();
  for (const group of groups) if (group !== null) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  const several = [...sizes.values()].filter((size) => size > 1);
  return {
    groups: several.length,
    rows: several.reduce((sum, size) => sum + size, 0),
    leaks: groupLeaks(groups, parts).map((leak) => named(leak, nameOf, texts)),
  };
}

const named = (leak: PartLeak, nameOf: Named, texts?: readonly (string | null)[]): NamedPartLeak => ({
  ...leak,
  examples: leak.examples.map(([one, other]) => ({
    rows: [nameOf(one), nameOf(other)],
    ...(texts && { texts: [excerpt(texts[one] ?? '', 120), excerpt(texts[other] ?? '', 120)] as const }),
  })),
});
