import { PolytaskError, type Problem, quote } from '@polytask/base';
import { endOfRecord } from './csv-record.ts';
import { type CellBounds, cellCutter, cellText } from './cut-cells.ts';
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

/** Rows under one header: what tables are made of without an object for each row. The content of a row is the number of its first cell. */
export type CellRows = CellBounds & {
  readonly columns: readonly string[];
  readonly rows: readonly FoundRow<number>[];
};

/** A source that also gives its rows many at a time, as places of cells in a text. */
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
      yield { columns: reader.columns(), rows, ...reader.cells() };
    }
  };
  return {
    name,
    cells,
    async *[Symbol.asyncIterator]() {
      for await (const block of cells()) {
        for (const found of block.rows) {
          if ('bad' in found) yield found;
          else yield { row: found.row, line: found.line, values: named(block, found.content) };
        }
      }
    },
  };
}

function named(block: CellRows, first: number): Values {
  const values = row();
  for (let at = 0; at < block.columns.length; at++) values[block.columns[at]!] = cellText(block, first + at);
  return values;
}

function csvReader(file: string, delimiter: string) {
  let columns: readonly string[] | undefined;
  const cutter = cellCutter(delimiter);
  return {
    columns: () => columns ?? [],
    cells: cutter.take,
    read(text: string, start: number, end: number) {
      if (isBlank(text, start, end)) return undefined;
      const first = cutter.count();
      const found = cutter.cut(text, start, end);
      if (columns === undefined) {
        const header = cutter.take();
        columns = checkHeader(
          Array.from({ length: found }, (_, at) => cellText(header, at)),
          file,
          delimiter,
        );
        return undefined;
      }
      if (found === columns.length) return { content: first };
      cutter.drop(found);
      return { bad: ragged(found, columns.length) };
    },
    endOf: (text: string, at: number) => endOfRecord(text, at, delimiter),
  };
}

/** Whether there is nothing but space; told by the first character of most lines. */
function isBlank(text: string, start: number, end: number): boolean {
  const first = text.charCodeAt(start);
  return (first <= 32 || first >= 128) && text.slice(start, end).trim() === '';
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
