import { type Problem, quote } from '@polytask/base';
import type { Example } from '@polytask/data';
import type { InputConfig } from '../config/schema.ts';

/** From this share of numbers on, a column of texts is likely to be one of numbers with marks of missing cells among them. */
const mostlyNumbers = 0.5;

const isNumber = (cell: string | number): boolean =>
  typeof cell === 'number' || (cell.trim() !== '' && Number.isFinite(Number(cell)));

/**
 * Columns of a table that are mostly numbers and count as texts all the same, since one cell that is no number is enough for that (E2326): a
 * network then sees categories without an order.
 *
 * @param training the examples that decide what columns hold.
 */
export function columnNotes(inputs: Readonly<Record<string, InputConfig>>, training: readonly Example[]): Problem[] {
  return Object.entries(inputs).flatMap(([name, input]): Problem[] => {
    if (input.type !== 'table') return [];
    const rows = training.map((example) => JSON.parse(example.inputs[name]!) as Record<string, string | number | null>);
    return input.columns.flatMap((column, at): Problem[] => {
      const cells = rows.flatMap((row) => row[column] ?? []);
      const others = cells.filter((cell) => !isNumber(cell));
      if (others.length === 0 || others.length > (1 - mostlyNumbers) * cells.length) return [];
      const some = [...new Set(others.map(String))].slice(0, 3).map((cell) => quote(cell));
      const message = `The column ${quote(column)} counts as texts, not as numbers: ${others.length} of ${cells.length} training cells are none, such as ${some.join(', ')}.`;
      const fix = 'Empty them in the file where they stand for missing values.';
      return [{ code: 'E2326', path: `inputs.${name}.columns.${at}`, message, fix }];
    });
  });
}
