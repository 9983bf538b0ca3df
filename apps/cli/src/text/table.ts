import { width } from './width.ts';

export type Column = { readonly title: string; readonly align?: 'left' | 'right' };

export type TableOptions = {
  /** Styles the line of titles. */
  readonly head?: (line: string) => string;
  readonly indent?: number;
};

/** Lines of a table: titles, then rows, columns two spaces apart. Without any title the line of titles is left out. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  { head = (line) => line, indent = 0 }: TableOptions = {},
): string[] {
  const widths = columns.map(({ title }, at) => Math.max(width(title), ...rows.map((row) => width(row[at] ?? ''))));
  const line = (cells: readonly string[]): string => {
    const padded = columns.map(({ align = 'left' }, at) => {
      const cell = cells[at] ?? '';
      const space = ' '.repeat(widths[at]! - width(cell));
      return align === 'right' ? space + cell : cell + space;
    });
    return ' '.repeat(indent) + padded.join('  ').trimEnd();
  };
  const titles = columns.map(({ title }) => title);
  return [...(titles.some(Boolean) ? [head(line(titles))] : []), ...rows.map(line)];
}
