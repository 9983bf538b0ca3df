import { isHostTensor, PolytaskError, quote } from '@polytask/base';
import { outputFile } from './output-file.ts';
import type { Cell, Values } from './types.ts';

export type WriteCsvOptions = {
  /** One ASCII character. Default: a comma, and a tab where the file's name ends in `.tsv`. */
  readonly delimiter?: string;
  /** The columns and their order. Default: those of the first row. */
  readonly columns?: readonly string[];
};

/**
 * Writes rows as a CSV file with a header row, one row in memory at a time, and returns how many: RFC 4180, lines end in LF.
 *
 * `readCsv` gives back the texts of all cells: numbers and truth values as JSON writes them, lists and objects as JSON, missing cells as the
 * empty text. The file appears whole or not at all. Cells are written as they are, also those that start with `=`, `+`, `-` or `@`, which
 * spreadsheets take for formulas: a text of strangers should not be opened there without importing its columns as text.
 *
 * @throws PolytaskError usage E2141 for a tensor in a cell · E2142 for a column that the header does not have, or a name that cannot be read
 * back · E1405 not in Node. @throws RangeError when the delimiter cannot delimit.
 */
export async function writeCsv(
  rows: Iterable<Values> | AsyncIterable<Values>,
  file: string,
  { delimiter = /\.tsv$/i.test(file) ? '\t' : ',', columns: given }: WriteCsvOptions = {},
): Promise<number> {
  if (!/^[\t\x20-\x7e]$/.test(delimiter) || delimiter === '"')
    throw new RangeError(`delimiter: expected one ASCII character. Found ${quote(delimiter)}.`);
  await using output = await outputFile(file);
  let columns = given;
  const line = (cells: readonly string[]) => `${cells.map((cell) => csvCell(cell, delimiter)).join(delimiter)}\n`;
  if (columns) await output.write(line(checked(columns, file)));
  let count = 0;
  for await (const values of rows) {
    count++;
    if (columns === undefined) {
      columns = checked(Object.keys(values), file);
      await output.write(line(columns));
    }
    const own: readonly string[] = columns;
    const stranger = Object.keys(values).find((name) => !own.includes(name));
    if (stranger !== undefined)
      throw unwritable('E2142', file, stranger, `Row ${count} has a column that the header does not have.`);
    const cells = own.map((name) => textOf(Object.hasOwn(values, name) ? values[name]! : null, name, file));
    const written = line(cells);
    // a blank line is no row
    await output.write(written.trim() === '' ? `""${written}` : written);
  }
  await output.finish();
  return count;
}

/** A field as RFC 4180 has it: in quotes where it holds a quote, the delimiter or a line end, or starts or ends with white space. */
export function csvCell(text: string, delimiter: string): string {
  const isPlain = !text.includes('"') && !text.includes(delimiter) && !/[\r\n]|^\s|\s$/.test(text);
  return isPlain ? text : `"${text.replaceAll('"', '""')}"`;
}

function textOf(cell: Cell, name: string, file: string): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return cell;
  if (isHostTensor(cell)) throw unwritable('E2141', file, name, 'Tensors cannot be written to CSV.');
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

function checked(columns: readonly string[], file: string): readonly string[] {
  const wrong = columns.find((name, at) => name.trim() !== name || name === '' || columns.indexOf(name) !== at);
  if (wrong !== undefined)
    throw unwritable(
      'E2142',
      file,
      wrong,
      'A name of a column is empty, stands twice, or starts or ends with a space.',
    );
  return columns;
}

const unwritable = (code: string, file: string, path: string, message: string) =>
  new PolytaskError('usage', { code, file, path, message });
