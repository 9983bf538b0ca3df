import { dateOrders, parseDate } from '../table/parse-date.ts';

const decimal = /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i;

/**
 * Times as numbers: numbers as they are, dates as milliseconds since 1970-01-01 UTC. Null where a value is missing.
 *
 * A column is numbers throughout or dates of one order throughout (ISO 8601, day first or month first).
 *
 * @throws RangeError when it is neither, or its dates could be read both day first and month first.
 */
export function timeValues(values: readonly (string | number | null)[]): (number | null)[] {
  const texts = values.filter((value): value is string => typeof value === 'string' && value.trim() !== '');
  if (texts.every((text) => decimal.test(text))) return values.map((value) => finite(value === null ? null : value));
  const orders = dateOrders(texts);
  if (orders.length === 2)
    throw new RangeError(
      'times: expected dates that can be read in one way. Found day and month that can be exchanged.',
    );
  const [order] = orders;
  const wrong = order === undefined ? (texts.find((text) => !isDate(text)) ?? texts[0]!) : undefined;
  if (wrong !== undefined || values.some((value) => typeof value === 'number'))
    throw new RangeError(
      `times: expected numbers, or dates such as 2024-12-31. Found ${JSON.stringify(wrong ?? 'both').slice(0, 40)}.`,
    );
  return values.map((value) => (typeof value === 'string' && value.trim() !== '' ? parseDate(value, order!) : null));
}

const isDate = (text: string) => dateOrders([text]).length > 0;

function finite(value: string | number | null): number | null {
  if (value === null || (typeof value === 'string' && value.trim() === '')) return null;
  return Number.isFinite(Number(value)) ? Number(value) : null;
}
