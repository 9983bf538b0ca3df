import { PolytaskError, type Problem, quote } from '@polytask/base';
import { endOfRecord, splitRecord } from './csv-record.ts';
import { checkOptions, type FoundRow, nameOf, row, rowBlocks } from './rows.ts';
import { sniffDelimiter } from './sniff-delimiter.ts';
import type { Source, SourceInput, SourceOptions, Values } from './types.ts';

export type CsvOptions = SourceOptions & {
  /**
   * One ASCII character, for example `'\t'` or `';'`; or `'auto'`, the one among comma, semicolon, tab and bar that cuts the header row into
   * the most fields. Default: a comma.
   */
  readonly delimiter?: string;
};

/** Rows of texts under one header: what tables are made of without an object for each row. */
export type CellRows = { readonly columns: readonly string[]; readonly rows: readonly FoundRow<readonly string[]>[] };

/** A source that also gives its rows many at a time, as lists of cells. */
export interface CsvSource extends Source {
  cells(): AsyncIterable<CellRows>;
}

/**
 * The rows of a CSV file with a header row; all values are strings. Empty lines are skipped.
 *
 * Quotes as in RFC 4180: a field that starts with `"` may hold delimiters, line ends and doubled quotes. Bad rows are yielded as problems:
 * E2110 not UTF-8 · E2111 NUL · E2112 too long · E2115 too few or too many fields · E2116 text after a closing quote · E2117 open quote.
 *
 * @throws RangeError when the delimiter is not one ASCII character that can delimit.
 * @throws PolytaskError while reading, when the file as a whole is unusable: E1401, E1402, E2101–E2104.
 */
export function readCsv(input: SourceInput, options: CsvOptions = {}): CsvSource {
  const { delimiter = ',' } = options;
  if (delimiter !== 'auto' && (!/^[\t\x20-\x7e]$/.test(delimiter) || delimiter === '"')) {
    throw new RangeError(`delimiter: expected one ASCII character. Found ${quote(delimiter)}.`);
  }
  checkOptions(options);
  const name = nameOf(input, options);
  const cells = async function* (): AsyncGenerator<CellRows> {
    const told = delimiter === 'auto' ? await sniffDelimiter(input) : { input, delimiter };
    const reader = csvReader(name, told.delimiter);
    for await (const rows of rowBlocks(told.input, { ...options, name }, told.delimiter.charCodeAt(0), reader)) {
      yield { columns: reader.columns(), rows };
    }
  };
  return {
    name,
    cells,
    async *[Symbol.asyncIterator]() {
      for await (const { columns, rows } of cells()) {
        for (const found of rows) {
          if ('bad' in found) yield found;
          else yield { row: found.row, line: found.line, values: named(columns, found.content) };
        }
      }
    },
  };
}

function named(columns: readonly string[], cells: readonly string[]): Values {
  const values = row();
  for (let at = 0; at < columns.length; at++) values[columns[at]!] = cells[at]!;
  return values;
}

function csvReader(file: string, delimiter: string) {
  let columns: readonly string[] | undefined;
  return {
    columns: () => columns ?? [],
    read(text: string) {
      if (text.trim() === '') return undefined;
      const fields = splitRecord(text, delimiter);
      if (columns === undefined) {
        columns = checkHeader(fields, file, delimiter);
        return undefined;
      }
      if (fields.length !== columns.length) return { bad: ragged(fields.length, columns.length) };
      return { content: fields };
    },
    endOf: (text: string, at: number) => endOfRecord(text, at, delimiter),
  };
}

function ragged(found: number, expected: number): Problem {
  const message = `Expected ${expected} fields as in the header. Found ${found}.`;
  const fix =
    found > expected ? 'Quote fields that hold the delimiter.' : 'Give every row all fields; they may be empty.';
  return { code: 'E2115', message, fix };
}

function checkHeader(fields: readonly string[], file: string, delimiter: string): string[] {
  const columns = fields.map((field, at) => field.trim() || `column ${at + 1}`);
  const problems: Problem[] = [];
  columns.forEach((name, at) => {
    const first = columns.indexOf(name);
    if (first === at) return;
    const message = `The column ${quote(name)} appears twice: as field ${first + 1} and as field ${at + 1}.`;
    problems.push({
      code: 'E2104',
      file,
      line: 1,
      message,
      fix: `Rename one of them. The delimiter is ${quote(delimiter)}.`,
    });
  });
  if (problems.length > 0) throw new PolytaskError('data', problems);
  return columns;
}
