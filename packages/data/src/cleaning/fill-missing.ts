import type { Problem } from '@polytask/base';
import type { JsonValue } from '../sources/types.ts';
import { modeOf, moments, quantileOf, sortedPresent } from '../table/statistics.ts';
import type { Column } from '../table/table.ts';
import { countMissing } from '../table/table-of.ts';
import { type CleaningStep, cleaningStep } from './cleaning-step.ts';
import { chosenColumns, columnNamed, flagColumn, freeName, isMissing, withColumns } from './columns.ts';

export type FillMissingOptions = {
  /** What to put in: a statistic of the training rows, or one value. Texts take `mode` and `constant` only. */
  readonly by: 'mean' | 'median' | 'mode' | { readonly constant: number | string };
  /** Default: every column that this can fill. */
  readonly columns?: readonly string[];
  /** Adds a column `<name> was missing` of 0 and 1 for each column that has missing training rows. Default: false. */
  readonly flag?: boolean;
};

type Fill = { readonly value: number | string | null; readonly flag: string | null };

/**
 * Fills missing cells with the column's mean, median or mode over the training rows, or with a constant.
 *
 * A column without any value in the training rows stays as it is (E2225). Spec: the value and the flag's name per column.
 *
 * @throws TypeError when a named column has no such statistic. @throws RangeError when a named column does not exist.
 */
export function fillMissing({ by, columns, flag = false }: FillMissingOptions): CleaningStep {
  const constant = typeof by === 'object' ? by.constant : undefined;
  const type = by === 'mode' ? undefined : typeof constant === 'string' ? 'text' : 'number';
  return cleaningStep<Record<string, Fill>>({
    name: 'fill missing',
    options: { by, columns: columns ?? null, flag },
    fit(training) {
      const fills = chosenColumns(training, columns, type).map(([name, column]): [string, Fill] => {
        const anyMissing = flag && countMissing(column) > 0;
        return [
          name,
          {
            value: constant ?? statistic(column, by),
            flag: anyMissing ? freeName(training.columns, `${name} was missing`) : null,
          },
        ];
      });
      return Object.fromEntries(fills);
    },
    apply(table, spec) {
      const problems: Problem[] = [];
      const changes: [string, Column][] = [];
      for (const [name, { value, flag: flagName }] of Object.entries(spec)) {
        const column = columnNamed(table.columns, name);
        if (flagName !== null) changes.push([flagName, flagColumn(table.rowCount, (row) => isMissing(column, row))]);
        if (value !== null) changes.push([name, filled(column, () => value)]);
        else problems.push(nothingToFillWith(name));
      }
      return { columns: withColumns(table.columns, changes), problems };
    },
  });
}

function statistic(column: Column, by: JsonValue): number | string | null {
  if (by === 'mode' || column.type === 'text') return modeOf(column.values);
  const value = by === 'mean' ? moments(column.values).mean : quantileOf(sortedPresent(column.values), 0.5);
  return Number.isFinite(value) ? value + 0 : null; // JSON has neither −0 nor ∞
}

export function nothingToFillWith(name: string): Problem {
  const message = 'The column has no value in the training rows to fill with; it stays as it is.';
  return { code: 'E2225', path: name, message, fix: 'Drop the column.' };
}

/** A column with its missing cells replaced; the same column when there are none. */
export function filled(column: Column, replacement: (row: number) => number | string | null): Column {
  const { length } = column.values;
  let first = 0;
  while (first < length && !isMissing(column, first)) first++;
  if (first === length) return column;
  if (column.type === 'text') {
    const values = column.values.slice();
    for (let row = first; row < length; row++)
      if (values[row] === null) values[row] = replacement(row) as string | null;
    return { type: 'text', values };
  }
  const values = column.values.slice();
  for (let row = first; row < length; row++) {
    if (Number.isNaN(values[row]!)) values[row] = (replacement(row) as number | null) ?? Number.NaN;
  }
  return { type: 'number', values };
}
