import { parseDate } from '../table/parse-date.ts';
import { moments } from '../table/statistics.ts';
import type { Column } from '../table/table.ts';
import type { ColumnEncoding, DatePart, EncodedColumn } from './encoding.ts';

export type DateSpec = {
  readonly type: 'date';
  readonly parts: readonly DatePart[];
  /** Of the training dates, in days. */
  readonly mean: number;
  readonly deviation: number;
};
export type CyclicalSpec = { readonly type: 'cyclical'; readonly period: number };

const day = 86_400_000;

const timesOf = (column: Column): Float64Array =>
  column.type === 'number'
    ? column.values
    : Float64Array.from(column.values, (text) => (text === null ? Number.NaN : parseDate(text, 'iso')));

export function fitDate(
  training: Column,
  { parts = ['elapsed', 'month', 'weekday'] }: ColumnEncoding & { readonly type: 'date' },
): DateSpec {
  const { count, mean, deviation } = moments(timesOf(training).map((time) => time / day));
  return { type: 'date', parts, mean: count > 0 ? mean : 0, deviation: deviation > 0 ? deviation : 1 };
}

// Parts that come round, their period and the names of their two features.
const cycles: Partial<Record<DatePart, { of: (date: Date) => number; period: number }>> = {
  month: { of: (date) => date.getUTCMonth(), period: 12 },
  day: { of: (date) => date.getUTCDate() - 1, period: 31 },
  weekday: { of: (date) => date.getUTCDay(), period: 7 },
  hour: { of: (date) => date.getUTCHours() + date.getUTCMinutes() / 60, period: 24 },
};

/** Elapsed days as standard scores, years since 2000, and month, day, weekday and hour as sin and cos; all 0 where the date is missing. */
export function encodeDate(name: string, column: Column, { parts, mean, deviation }: DateSpec): EncodedColumn {
  const times = timesOf(column);
  return {
    names: parts.flatMap((part) =>
      cycles[part] ? [`${name}: sin ${part}`, `${name}: cos ${part}`] : [`${name}: ${part}`],
    ),
    write(row, target, start) {
      const date = new Date(times[row]!);
      if (Number.isNaN(date.getTime())) return;
      let offset = start;
      for (const part of parts) {
        const cycle = cycles[part];
        if (cycle === undefined) {
          target[offset++] = part === 'year' ? date.getUTCFullYear() - 2000 : (times[row]! / day - mean) / deviation;
          continue;
        }
        const angle = (2 * Math.PI * cycle.of(date)) / cycle.period;
        target[offset++] = Math.sin(angle);
        target[offset++] = Math.cos(angle);
      }
    },
  };
}

/** sin and cos of 2π·x / period; both 0 where the number is missing. */
export function encodeCyclical(name: string, values: Float64Array, { period }: CyclicalSpec): EncodedColumn {
  return {
    names: [`${name}: sin`, `${name}: cos`],
    write(row, target, offset) {
      const angle = (2 * Math.PI * values[row]!) / period;
      if (!Number.isFinite(angle)) return;
      target[offset] = Math.sin(angle);
      target[offset + 1] = Math.cos(angle);
    },
  };
}
