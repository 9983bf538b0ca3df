/** Orders of day, month and year in a text; `iso` is ISO 8601 and RFC 3339. */
export type DateOrder = 'iso' | 'dayFirst' | 'monthFirst';

const longest = 40;
const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}:?\d{2})?)?$/;
const numeric = /^(\d{1,2})([./-])(\d{1,2})\2(\d{4})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?)?$/;

/** Milliseconds since 1970-01-01 UTC; texts without an offset are read as UTC. NaN when the text is no date in this order. */
export function parseDate(text: string, order: DateOrder): number {
  if (text.length > longest) return Number.NaN;
  const trimmed = text.trim();
  if (order === 'iso') {
    const found = iso.exec(trimmed);
    if (!found) return Number.NaN;
    const time = utc(found[1]!, found[2]!, found[3]!, found[4], found[5], found[6]);
    const fraction = found[7] === undefined ? 0 : Math.floor(Number(`0.${found[7]}`) * 1000);
    return time + fraction - offsetOf(found[8]);
  }
  const found = numeric.exec(trimmed);
  if (!found) return Number.NaN;
  const [day, month] = order === 'dayFirst' ? [found[1]!, found[3]!] : [found[3]!, found[1]!];
  return utc(found[4]!, month, day, found[5], found[6], found[7]);
}

/** The orders in which every text is a date, at least one text given. `iso` alone, or one or both of the others. */
export function dateOrders(texts: Iterable<string>): DateOrder[] {
  let orders: DateOrder[] = ['iso', 'dayFirst', 'monthFirst'];
  let seen = false;
  for (const text of texts) {
    seen = true;
    orders = orders.filter((order) => !Number.isNaN(parseDate(text, order)));
    if (orders.length === 0) return [];
  }
  return seen ? orders : [];
}

function utc(year: string, month: string, day: string, hour = '0', minute = '0', second = '0'): number {
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // 31 February would roll over
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return Number.NaN;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return Number.NaN;
  return date.getTime() + Number(hour) * 3_600_000 + Number(minute) * 60_000 + Number(second) * 1000;
}

function offsetOf(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return (zone[0] === '-' ? -1 : 1) * minutes * 60_000;
}
