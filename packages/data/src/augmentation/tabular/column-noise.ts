import { normal, quote } from '@polytask/base';
import { moments } from '../../table/statistics.ts';
import { selectCells, type Table } from '../../table/table.ts';
import type { Augmentation } from '../augmentation.ts';
import { within } from '../options.ts';

/** The standard deviations of columns of numbers. JSON. */
export type ColumnDeviations = Readonly<Record<string, number>>;

/** A row by column; null and NaN where a number is missing. */
export type TableRow = Readonly<Record<string, number | string | null>>;

/**
 * The standard deviations, divided by n, of the columns of numbers over training rows; 0 for columns without any number in them.
 *
 * @param columns which ones; all columns of numbers when left out. Leave out ids and numbers that stand for categories.
 * @throws RangeError when a column does not exist. @throws TypeError when it holds texts.
 */
export function fitDeviations(
  { columns: all }: Table,
  trainingRows: ArrayLike<number>,
  columns: readonly string[] = Object.keys(all).filter((name) => all[name]!.type === 'number'),
): ColumnDeviations {
  return Object.fromEntries(
    columns.map((name) => {
      const column = Object.hasOwn(all, name) ? all[name] : undefined;
      if (!column)
        throw new RangeError(`columns: expected some of ${quote(Object.keys(all), 200)}. Found ${quote(name)}.`);
      if (column.type !== 'number') throw new TypeError(`${name}: expected a column of numbers. Found texts.`);
      const { deviation } = moments(selectCells(column, trainingRows).values as Float64Array);
      return [name, Number.isFinite(deviation) ? deviation : 0];
    }),
  );
}

export type ColumnNoiseOptions = {
  readonly deviations: ColumnDeviations;
  /** The deviation of the noise as a share of that of the column. Default: 0.05. */
  readonly scale?: number;
};

/**
 * Adds Gaussian noise to the numbers of a row: x + scale·σ·z for every column of which σ was fitted, z ~ N(0, 1). Missing values stay
 * missing; texts and all other columns stay as they are.
 *
 * Noise goes by the name of a column, so that its place in the row makes no difference.
 *
 * @throws RangeError when an option is out of range.
 */
export function columnNoise({ deviations, scale = 0.05 }: ColumnNoiseOptions): Augmentation<TableRow> {
  within('scale', scale, 0, 10);
  for (const [name, deviation] of Object.entries(deviations))
    within(`deviations.${name}`, deviation, 0, Number.MAX_VALUE);
  const names = Object.keys(deviations).sort();
  return {
    name: 'columnNoise',
    options: { deviations, scale },
    touches: ['values'],
    apply(row, key) {
      const noise = normal(key, names.length);
      const changed = Object.assign(Object.create(null), row) as Record<string, number | string | null>;
      for (const [at, name] of names.entries()) {
        const value = row[name];
        if (typeof value === 'number' && Object.hasOwn(row, name))
          changed[name] = value + scale * deviations[name]! * noise[at]!;
      }
      return changed;
    },
  };
}
