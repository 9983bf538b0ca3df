import { type Problem, quote } from '@polytask/base';
import { countNumbers, type TableRow } from '@polytask/data';
import type { InputConfig } from '../config/schema.ts';

/** From this share of numbers on, a column of texts is likely to be one of numbers with marks of missing cells among them. */
const mostlyNumbers = 0.5;

/**
 * Columns of a table that are mostly numbers and count as texts all the same, since one cell that is no number is enough for that (E2326): a
 * network then sees categories without an order. And columns of numbers with words for missing ones, such as `NA` (E2327).
 *
 * @param rows those of training, which decide what columns hold.
 */
export function columnNotes([name, input]: readonly [string, InputConfig], rows: readonly TableRow[]): Problem[] {
  if (input.type !== 'table') return [];
  return input.columns.flatMap((column, at): Problem[] => {
    const cells = rows.map((row) => row[column]);
    const { isNumber, numbers, markers, others } = countNumbers(cells);
    const path = `inputs.${name}.columns.${at}`;
    if (isNumber) return markers.size > 0 ? [missingWords({ path, column, markers, of: 'training cells' })] : [];
    const given = numbers + others;
    if (others === 0 || others > (1 - mostlyNumbers) * given) return [];
    const words = [...new Set(cells.filter((cell) => countNumbers([cell]).others > 0).map(String))];
    const some = words.slice(0, 3).map((cell) => quote(cell));
    const message = `The column ${quote(column)} counts as texts, not as numbers: ${others} of ${given} training cells are none, such as ${some.join(', ')}.`;
    const fix = `Where they stand for missing values, name them beside the source: missing: [${some.join(', ')}].`;
    return [{ code: 'E2326', path, message, fix }];
  });
}

/** E2327: words that were read as missing numbers, and how often each. */
export function missingWords({
  path,
  column,
  markers,
  of,
}: {
  readonly path: string;
  readonly column: string;
  readonly markers: ReadonlyMap<string, number>;
  /** What was counted. */
  readonly of: string;
}): Problem {
  const counts = [...markers].sort((left, right) => right[1] - left[1]);
  const total = counts.reduce((sum, [, count]) => sum + count, 0);
  const shown = counts.slice(0, 4).map(([word, count]) => `${quote(word)} (${count})`);
  const more = counts.length > 4 ? ', …' : '';
  const message = `${total} ${of} of the column ${quote(column)} say ${shown.join(', ')}${more}: they count as missing numbers.`;
  return { code: 'E2327', path, message };
}
