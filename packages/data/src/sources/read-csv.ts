import { PolytaskError, type Problem, quote } from '@polytask/base';
import Papa from 'papaparse';
import { type RowParser, row, rowSource } from './rows.ts';
import { sniffDelimiter } from './sniff-delimiter.ts';
import type { Source, SourceInput, SourceOptions } from './types.ts';

export type CsvOptions = SourceOptions & {
  /**
   * One ASCII character, for example `'\t'` or `';'`; or `'auto'`, the one among comma, semicolon, tab and bar that cuts the header row into
   * the most fields. Default: a comma.
   */
  readonly delimiter?: string;
};

/**
 * The rows of a CSV file with a header row; all values are strings. Empty lines are skipped.
 *
 * Quotes as in RFC 4180: a field that starts with `"` may hold delimiters, line ends and doubled quotes. Bad rows are yielded as problems:
 * E2110 not UTF-8 · E2111 NUL · E2112 too long · E2115 too few or too many fields · E2116 text after a closing quote · E2117 open quote.
 *
 * @throws RangeError when the delimiter is not one ASCII character that can delimit.
 * @throws PolytaskError while reading, when the file as a whole is unusable: E1401, E1402, E2101–E2104.
 */
export function readCsv(input: SourceInput, options: CsvOptions = {}): Source {
  const delimiter = options.delimiter ?? ',';
  if (delimiter === 'auto') {
    const name = typeof input === 'string' ? input : (options.name ?? 'stdin');
    return {
      name,
      async *[Symbol.asyncIterator]() {
        const found = await sniffDelimiter(input);
        yield* readCsv(found.input, { ...options, delimiter: found.delimiter });
      },
    };
  }
  if (!/^[\t\x20-\x7e]$/.test(delimiter) || delimiter === '"') {
    throw new RangeError(`delimiter: expected one ASCII character. Found ${quote(delimiter)}.`);
  }
  return rowSource(input, options, delimiter.charCodeAt(0), (file) => csvParser(file, delimiter));
}

function csvParser(file: string, delimiter: string): RowParser {
  let columns: readonly string[] | undefined;
  return (text) => {
    if (text.trim() === '') return undefined;
    const fields = splitFields(text, delimiter);
    if (columns === undefined) {
      columns = checkHeader(fields, file, delimiter);
      return undefined;
    }
    if (fields.length !== columns.length) return { bad: ragged(fields.length, columns.length) };
    const values = row();
    for (let at = 0; at < columns.length; at++) values[columns[at]!] = fields[at]!;
    return { values };
  };
}

// The record is known to be well formed, and most records hold no quote at all: those need no parser.
function splitFields(text: string, delimiter: string): string[] {
  if (!text.includes('"')) return text.split(delimiter);
  return Papa.parse<string[]>(text, { delimiter, newline: '\n' }).data[0]!;
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
