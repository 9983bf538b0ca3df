import { quantileOf } from '../table/statistics.ts';

/** The classes that a label names, such as the labels of a set or the tags of a text; a label may name one several times. */
export type NamesOf = (label: string) => readonly string[];

/** What the labels of a task are where they are no classes: numbers, texts, or what names several classes at once. */
export type LabelKind = 'numbers' | 'texts' | NamesOf;

/** Labels that are measured and not counted: numbers, and texts by their length in characters (UTF-16 units). JSON. */
export type MeasuredLabels = {
  readonly task: string;
  readonly of: 'numbers' | 'texts';
  readonly parts: readonly {
    readonly part: string;
    readonly labels: number;
    readonly missing: number;
    /** Absent where the part has no label. */
    readonly range?: {
      readonly lowest: number;
      readonly median: number;
      readonly mean: number;
      readonly highest: number;
    };
  }[];
};

/** How many labels of a task each part has, and how far they reach. */
export function measuredLabels(
  task: string,
  of: MeasuredLabels['of'],
  labels: ArrayLike<string | number | null>,
  parts: Readonly<Record<string, ArrayLike<number>>>,
): MeasuredLabels {
  const measure = (label: string | number) => (of === 'texts' ? String(label).length : Number(label));
  return {
    task,
    of,
    parts: Object.entries(parts).map(([part, rows]) => {
      const values = Float64Array.from(
        Array.from(rows, (row) => labels[row] ?? null)
          .filter((label) => label !== null)
          .map(measure)
          .filter((value) => Number.isFinite(value)),
      ).sort();
      const count = values.length;
      return {
        part,
        labels: count,
        missing: rows.length - count,
        ...(count > 0 && {
          range: {
            lowest: values[0]!,
            median: quantileOf(values, 0.5),
            mean: values.reduce((sum, value) => sum + value, 0) / count,
            highest: values[count - 1]!,
          },
        }),
      };
    }),
  };
}
