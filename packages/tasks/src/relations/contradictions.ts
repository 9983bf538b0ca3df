import type { Relations } from './relations.ts';

/** Labels by task; null or left out where a row has none. */
export type LabelRow = Readonly<Record<string, string | null | undefined>>;

export type Contradiction = {
  /** The number of the row, from 0. */
  readonly row: number;
  readonly task: string;
  readonly label: string;
  readonly parent: string;
  /** The parent's label; null where that level is missing and no label of it fits what is above. */
  readonly parentLabel: string | null;
  /** The labels that the task could have there. */
  readonly allowed: readonly string[];
};

/**
 * The labels of rows that cannot stand below what the row has above them.
 *
 * A missing level is no contradiction: the child may then stand below any parent label that the level above it allows.
 */
export function contradictions(
  { order, hierarchy }: Pick<Relations, 'order' | 'hierarchy'>,
  rows: Iterable<LabelRow>,
): Contradiction[] {
  const found: Contradiction[] = [];
  let number = 0;
  for (const row of rows) {
    /** What each task's label is, or can be; undefined where nothing is known. */
    const possible = new Map<string, readonly string[] | undefined>();
    for (const task of order) {
      const label = row[task] ?? null;
      if (!Object.hasOwn(hierarchy, task)) {
        possible.set(task, label === null ? undefined : [label]);
        continue;
      }
      const { parent, under } = hierarchy[task]!;
      const above = possible.get(parent) ?? Object.keys(under);
      const allowed = [...new Set(above.flatMap((one) => (Object.hasOwn(under, one) ? under[one]! : [])))];
      if (label !== null && !allowed.includes(label))
        found.push({ row: number, task, label, parent, parentLabel: row[parent] ?? null, allowed });
      possible.set(task, label === null ? allowed : [label]);
    }
    number++;
  }
  return found;
}
