/** `1,200` */
export const grouped = (value: number): string => value.toLocaleString('en-US');

/** `1 row`, `1,200 rows` */
export const counted = (value: number, singular: string, plural = `${singular}s`): string =>
  `${grouped(value)} ${value === 1 ? singular : plural}`;

/** A loss or a metric: four significant digits at most, and never `-0.000`. Missing ones are a dash. */
export function decimal(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2);
  const text = value.toFixed(size < 100 ? 3 : size < 1000 ? 1 : 0);
  return text === '-0.000' ? '0.000' : text;
}

/**
 * `+0.012`, `−0.012`, and `±0` for what three digits do not show.
 *
 * @param of The value that has changed: where it is itself too small for three digits, its changes are shown as they are.
 */
export function signed(difference: number, of = 1): string {
  const size = Math.abs(difference);
  if (size === 0 || (size < 0.0005 && Math.abs(of) >= 0.001)) return '±0';
  const text = size < 0.001 && Math.abs(of) >= 0.001 ? '0.001' : decimal(size);
  return `${difference < 0 ? '−' : '+'}${text}`;
}

/** A fraction in percent. What is not quite nothing or all does not read as such. */
export function percent(fraction: number): string {
  if (!Number.isFinite(fraction)) return '–';
  if (fraction > 0 && fraction < 0.01) return '< 1 %';
  if (fraction < 1 && fraction > 0.99) return '> 99 %';
  return `${Math.round(fraction * 100)} %`;
}

/** `3 ms`, `4.2 s`, `2:05 min`, `1:02:05 h` */
export function duration(milliseconds: number): string {
  if (!Number.isFinite(milliseconds)) return '–';
  if (milliseconds < 1000) return milliseconds < 10 ? `${milliseconds.toFixed(1)} ms` : `${milliseconds.toFixed(0)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)} h` : `${minutes}:${two(seconds % 60)} min`;
}

/** `12 B`, `3.4 KiB`, `120 MiB` */
export function byteSize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let [size, unit] = [bytes, 0];
  while (size >= 1023.5 && unit < units.length - 1) [size, unit] = [size / 1024, unit + 1];
  return `${unit > 0 && size < 10 ? size.toFixed(1) : size.toFixed(0)} ${units[unit]}`;
}
