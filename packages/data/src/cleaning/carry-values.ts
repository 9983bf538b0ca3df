import { type Column, cellOf } from '../table/table.ts';
import { type CleaningStep, cleaningStep } from './cleaning-step.ts';
import { chosenColumns, columnNamed, isMissing, withColumns } from './columns.ts';

export type CarryValuesOptions = {
  readonly direction: 'forward' | 'backward';
  readonly columns?: readonly string[];
  /** Values are carried between rows with the same value in this column only, such as a patient. */
  readonly within?: string;
  /** The most rows that a value is carried over. Default: no limit. */
  readonly limit?: number;
};

/**
 * Fills missing cells with the last value before them (or the next one after them) in the order of the rows.
 *
 * A training row takes values of training rows only, any other row takes the nearest one. Nothing is fitted. Cells without a donor stay missing.
 *
 * @throws RangeError when `limit` is not a positive integer or a column does not exist.
 */
export function carryValues({
  direction,
  columns,
  within,
  limit = Number.POSITIVE_INFINITY,
}: CarryValuesOptions): CleaningStep {
  if (!(limit >= 1)) throw new RangeError(`limit: expected a positive integer. Found ${limit}.`);
  return cleaningStep<null>({
    name: `carry ${direction}`,
    options: { columns: columns ?? null, within: within ?? null, limit: Number.isFinite(limit) ? limit : null },
    fit: () => null,
    apply(table, _spec, isTraining) {
      const { rowCount } = table;
      const group = within === undefined ? undefined : columnNamed(table.columns, within);
      const chosen = chosenColumns(table, columns).filter(([name]) => name !== within);
      const changes = chosen.map(([name, column]): [string, Column] => {
        const values = Array.from({ length: rowCount }, (_, row) => cellOf(column, row));
        type Donor = { cell: number | string; at: number };
        const anyDonor = new Map<number | string | null, Donor>();
        const trainingDonor = new Map<number | string | null, Donor>();
        for (let at = 0; at < rowCount; at++) {
          const row = direction === 'forward' ? at : rowCount - 1 - at;
          const member = group === undefined ? null : cellOf(group, row);
          if (group !== undefined && member === null) continue; // nobody knows whose row it is
          if (!isMissing(column, row)) {
            const donor = { cell: values[row]!, at };
            anyDonor.set(member, donor);
            if (isTraining[row] === 1) trainingDonor.set(member, donor);
            continue;
          }
          const donor = (isTraining[row] === 1 ? trainingDonor : anyDonor).get(member);
          if (donor !== undefined && at - donor.at <= limit) values[row] = donor.cell;
        }
        return [name, columnLike(column, values)];
      });
      return { columns: withColumns(table.columns, changes) };
    },
  });
}

/** A column of the same type with other values. */
export function columnLike(column: Column, values: readonly (number | string | null)[]): Column {
  if (column.type === 'text') return { type: 'text', values: values as readonly (string | null)[] };
  return { type: 'number', values: Float64Array.from(values, (value) => (value as number | null) ?? Number.NaN) };
}
