import { type HostTensor, isHostTensor, PolytaskError, type Problem } from '@polytask/base';
import { type ProblemCounts, problemCounts } from '../problem-counts.ts';
import type { CsvSource } from '../sources/read-csv.ts';
import type { JsonValue, SourceRow } from '../sources/types.ts';
import { ColumnCells } from './column-cells.ts';
import { type CellChange, type ColumnFormat, inferFormat, missingMarkers, readColumn } from './column-format.ts';
import { type CellReader, cellReader } from './read-cells.ts';
import { type Column, columnRecord, selectCells, type Table } from './table.ts';

export type TableOptions = {
  /** How columns are read, for example as the report of the training data says; all others are inferred. */
  readonly formats?: Readonly<Record<string, ColumnFormat>>;
  /** Texts that mean a missing value in every column, in lower case. Default: the empty text, `?`, `n/a`, `#n/a`, `nan`, `null`, `<na>`. */
  readonly missing?: readonly string[];
  /** The share of a column's texts, above 0 to 1, that must be numbers for it to be a column of numbers. Default: 0.95. */
  readonly minimumNumbers?: number;
  /** Reading ends with an error above so many rows. Default: 10,000,000. */
  readonly maxRows?: number;
  /** Reading ends with an error above so many columns. Default: 10,000. */
  readonly maxColumns?: number;
  /** Whether a row, by its number from 1, may decide what columns hold; for splits that are known beforehand. Default: all rows. */
  readonly infersFrom?: (row: number) => boolean;
};

/** What reading a column did. Row numbers are those of the source. */
export type ColumnReport = {
  readonly format: ColumnFormat;
  readonly missing: number;
  readonly missingMarkers: Readonly<Record<string, number>>;
  readonly rewritten: number;
  readonly unreadable: number;
  readonly examples: readonly CellChange[];
};

export type LoadedTable = {
  readonly table: Table;
  /** The source's number of each row, from 1. */
  readonly rowNumbers: Uint32Array;
  readonly report: { readonly rows: number; readonly columns: Readonly<Record<string, ColumnReport>> };
  /** Rows that the source could not read. */
  readonly quarantine: readonly { readonly row: number; readonly line: number; readonly problem: Problem }[];
  /** What was found, equal problems counted: E2220 a cell that no table holds · E2221–E2223 see `inferFormat`, `readColumn`. */
  readonly problems: readonly Problem[];
};

type Rows = AsyncIterable<SourceRow> & { readonly name?: string };

/**
 * A source as columns in memory, with what each column was taken for and every cell that was read otherwise than it was written.
 *
 * Numbers with spaces, decimal commas or grouping, dates (as milliseconds since 1970 UTC) and markers of missing values are recognised;
 * truth values and lists become texts (JSON). Cells that are tensors are missing (E2220): decode them to features instead.
 *
 * @throws PolytaskError data E2224 when there are more rows than `maxRows` or more columns than `maxColumns` · and what the source throws.
 * @throws RangeError when an option is out of range.
 */
export async function tableOf(source: Rows, options: TableOptions = {}): Promise<LoadedTable> {
  const {
    formats = {},
    missing = missingMarkers,
    minimumNumbers = 0.95,
    maxRows = 10_000_000,
    maxColumns = 10_000,
  } = options;
  if (!(minimumNumbers > 0 && minimumNumbers <= 1)) {
    throw new RangeError(`minimumNumbers: expected above 0, at most 1. Found ${minimumNumbers}.`);
  }
  const file = source.name === undefined ? {} : { file: source.name };
  const cells = new Map<string, ColumnCells>();
  const rowNumbers: number[] = [];
  const quarantine: { row: number; line: number; problem: Problem }[] = [];
  const problems = problemCounts();
  const setAside = (row: number, line: number, bad: Problem) => {
    const problem = { ...file, line, row, ...bad };
    problems.add(problem);
    quarantine.push({ row, line, problem });
  };
  const addRow = (row: number) => {
    if (rowNumbers.length === maxRows) throw tooMany('rows', maxRows, file);
    rowNumbers.push(row);
  };
  const listOf = (name: string) => {
    const known = cells.get(name);
    if (known) return known;
    if (cells.size === maxColumns) throw tooMany('columns', maxColumns, file);
    const list = new ColumnCells();
    cells.set(name, list);
    return list;
  };
  // Whole numbers that String() writes as they stand are parsed at once, so that their texts need not be kept; where cells are judged
  // by other things than what they are, they stay texts.
  const early = options.infersFrom === undefined && missing === missingMarkers;
  if (hasCells(source)) {
    let readers: CellReader[] = [];
    for await (const block of source.cells()) {
      const lists = block.columns.map(listOf);
      if (readers.length === 0)
        readers = block.columns.map((name) => cellReader(early && !Object.hasOwn(formats, name)));
      const firsts: number[] = [];
      for (const found of block.rows) {
        if ('bad' in found) setAside(found.row, found.line, found.bad);
        else {
          addRow(found.row);
          firsts.push(found.content);
        }
      }
      for (const [at, list] of lists.entries()) readers[at]!(block, firsts, at, list);
    }
  } else {
    for await (const found of source) {
      if ('bad' in found) {
        setAside(found.row, found.line, found.bad);
        continue;
      }
      const at = rowNumbers.length;
      addRow(found.row);
      for (const name in found.values) {
        const list = listOf(name);
        while (list.length < at) list.push(null); // the rows before had no such column
        const value: JsonValue | HostTensor | undefined = found.values[name];
        list.push(
          typeof value === 'string' || typeof value === 'number'
            ? value
            : otherCell(value, name, found, file, problems),
        );
      }
    }
  }
  const rowCount = rowNumbers.length;
  const columns = columnRecord();
  const reports = Object.create(null) as Record<string, ColumnReport>;
  const sample = options.infersFrom && rowNumbers.flatMap((row, at) => (options.infersFrom!(row) ? [at] : []));
  for (const [name, list] of cells) {
    while (list.length < rowCount) list.push(null);
    const values = list.values();
    const seen = sample ? sample.map((at) => values[at]!) : values;
    const inferred = Object.hasOwn(formats, name)
      ? { format: formats[name]! }
      : inferFormat(seen, minimumNumbers, missing);
    if ('problem' in inferred && inferred.problem) problems.add({ ...inferred.problem, ...file, path: name });
    const { column, examples, ...counts } = readColumn(values, inferred.format, missing);
    cells.set(name, new ColumnCells()); // the texts of a column of numbers need not live longer
    columns[name] = column;
    const named = examples.map((change) => ({ ...change, row: rowNumbers[change.row]! }));
    reports[name] = { format: inferred.format, missing: countMissing(column), ...counts, examples: named };
    if (counts.unreadable > 0) {
      const first = named.find(({ before, after }) => after === null && !(before in counts.missingMarkers))!;
      const what = inferred.format.type === 'date' ? 'a date' : 'a number';
      const message = `Expected ${what} as in the rest of the column. Found ${first.before}; it is missing now.`;
      problems.add({ code: 'E2222', ...file, path: name, row: first.row, message, count: counts.unreadable });
    }
  }
  return {
    table: { rowCount, columns },
    rowNumbers: new Uint32Array(rowNumbers),
    report: { rows: rowCount, columns: reports },
    quarantine,
    problems: problems.list(),
  };
}

const hasCells = (source: Rows): source is CsvSource => 'cells' in source;

function otherCell(
  value: JsonValue | HostTensor | undefined,
  path: string,
  { row, line }: SourceRow,
  file: { file?: string },
  problems: ProblemCounts,
): string | null {
  if (value === undefined || value === null) return null;
  if (!isHostTensor(value)) return JSON.stringify(value);
  const message = `A table holds numbers and texts. Found a tensor of ${value.dtype}.`;
  problems.add({ code: 'E2220', ...file, path, line, row, message });
  return null;
}

function tooMany(what: 'rows' | 'columns', limit: number, file: { file?: string }): PolytaskError {
  const fix = `Raise ${what === 'rows' ? 'maxRows' : 'maxColumns'} if memory allows.`;
  return new PolytaskError('data', {
    code: 'E2224',
    ...file,
    message: `Expected at most ${limit} ${what}. Found more.`,
    fix,
  });
}

/** The number of cells that are missing. */
export function countMissing(column: Column): number {
  let count = 0;
  const { length } = column.values;
  if (column.type === 'text') for (let row = 0; row < length; row++) count += column.values[row] === null ? 1 : 0;
  else for (let row = 0; row < length; row++) count += Number.isNaN(column.values[row]) ? 1 : 0;
  return count;
}

/**
 * A column of texts read as numbers or dates where the given rows hold these; the same column where they do not.
 *
 * Only `rows` decide; see `inferFormat`.
 */
export function inferColumn(column: Column, rows?: ArrayLike<number>): { format: ColumnFormat; problem?: Problem } {
  if (column.type === 'number') return { format: { type: 'number', decimal: '.' } };
  return inferFormat((rows === undefined ? column : selectCells(column, rows)).values);
}
