/** `1,200` */
export const grouped = (value: number): string => value.toLocaleString('en-US');

/** A measured number with up to four significant digits. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e7 || size < 1e-4) return value.toExponential(2);
  if (Number.isInteger(value)) return grouped(value);
  return String(Number(value.toPrecision(size >= 1e4 ? 6 : 4)));
}

/** A share in percent. What is not quite nothing or all does not read as such. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '–';
  if (share > 0 && share < 0.001) return '< 0.1 %';
  if (share < 1 && share > 0.999) return '> 99.9 %';
  return `${Number((share * 100).toFixed(share < 0.1 || share > 0.9 ? 1 : 0))} %`;
}

/** `1 row`, `1,200 rows` */
export const counted = (value: number, singular: string, plural = `${singular}s`): string =>
  `${grouped(value)} ${value === 1 ? singular : plural}`;

/** A day, or a day and time, of milliseconds since 1970 UTC. */
export function day(milliseconds: number): string {
  const date = new Date(milliseconds);
  if (Number.isNaN(date.getTime())) return decimal(milliseconds);
  return date
    .toISOString()
    .replace(/T00:00:00\.000Z$/, '')
    .replace(/\.000Z$/, 'Z');
}
