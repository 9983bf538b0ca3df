import { hostTensor, PolytaskError } from '@polytask/base';
import { openFile } from './file.ts';
import { frameProblem, hasColumnsOfSchema, parquetProblem } from './parquet-file.ts';
import { row } from './rows.ts';
import type { Cell, JsonValue, Source, Values } from './types.ts';

/**
 * The rows of a Parquet file, one row group in memory at a time.
 *
 * Dates and times become ISO 8601 strings, integers beyond 2⁵³ strings, bytes uint8 tensors [length], lists and structs JSON; missing
 * values are null. Snappy, gzip, zstd, brotli and LZ4 are unpacked. Format: Apache Parquet, read by hyparquet.
 *
 * @throws PolytaskError while reading: E2140 not a Parquet file, a damaged or an encrypted one · E2144 packed or encoded in a way that is not
 * read; E1401, E1402, E1405, E2101.
 */
export function readParquet(path: string): Source {
  return {
    name: path,
    async *[Symbol.asyncIterator]() {
      for await (const _ of await openFile(path)) break; // says what is wrong with the path
      const { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects, parquetSchema } = await import(
        'hyparquet'
      );
      const { compressors } = await import('hyparquet-compressors');
      const damaged = (error: unknown) => parquetProblem(error, path);
      const file = await asyncBufferFromFile(path);
      const broken = await frameProblem(file, path);
      if (broken) throw new PolytaskError('data', broken);
      const metadata = await parquetMetadataAsync(file)
        .then((found) => {
          if (hasColumnsOfSchema(parquetSchema(found), found)) return found;
          throw new Error('its groups have other columns than its schema');
        })
        .catch((error: unknown) => {
          throw damaged(error);
        });
      let start = 0;
      for (const group of metadata.row_groups) {
        const end = start + Number(group.num_rows);
        if (!(end >= start)) throw damaged(new Error(`a group of ${group.num_rows} rows`));
        const found = await parquetReadObjects({
          file,
          metadata,
          compressors,
          rowStart: start,
          rowEnd: end,
          utf8: false,
        }).catch((error: unknown) => {
          throw damaged(error);
        });
        if (found.length !== end - start)
          throw damaged(new Error(`${end - start} rows are announced, and ${found.length} are there`));
        for (const [at, values] of found.entries()) {
          const number = start + at + 1;
          yield { row: number, line: number, values: cells(values) };
        }
        start = end;
      }
    },
  };
}

function cells(found: Readonly<Record<string, unknown>>): Values {
  const values = row();
  for (const [name, value] of Object.entries(found)) values[name] = cell(value);
  return values;
}

function cell(value: unknown): Cell {
  if (value === null || value === undefined) return null;
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
  if (value instanceof Uint8Array) return hostTensor('uint8', [value.length], value);
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value) || ArrayBuffer.isView(value))
    return Array.from(value as unknown as ArrayLike<unknown>, (entry) => cell(entry) as JsonValue);
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, cell(entry) as JsonValue]));
}

/**
 * Writes rows as a Parquet file, Snappy-packed: columns of numbers as DOUBLE, of integers as INT64, of booleans as BOOLEAN, all others as
 * strings (objects as JSON). Missing cells are null. All rows are held in memory.
 *
 * @throws PolytaskError E2141 for a tensor in a cell, which has no column type here.
 */
export async function writeParquet(path: string, rows: Iterable<Values> | AsyncIterable<Values>): Promise<void> {
  const { parquetWriteFile } = await import('hyparquet-writer');
  const columns = new Map<string, Cell[]>();
  let count = 0;
  for await (const values of rows) {
    for (const [name, value] of Object.entries(values)) {
      if (!columns.has(name)) columns.set(name, new Array<Cell>(count).fill(null));
      columns.get(name)!.push(value);
    }
    count++;
    for (const cells of columns.values()) if (cells.length < count) cells.push(null);
  }
  const columnData = [...columns].map(([name, cells]) => ({ name, ...typed(cells, name, path) }));
  await parquetWriteFile({ filename: path, columnData: columnData as never });
}

function typed(cells: readonly Cell[], name: string, file: string) {
  const present = cells.filter((value) => value !== null);
  const all = (test: (value: Cell) => boolean) => present.length > 0 && present.every(test);
  if (present.some((value) => typeof value === 'object' && 'dtype' in value && ArrayBuffer.isView(value.data)))
    throw new PolytaskError('usage', {
      code: 'E2141',
      file,
      path: name,
      message: 'Tensors cannot be written to Parquet.',
    });
  if (all((value) => typeof value === 'boolean')) return { type: 'BOOLEAN', data: cells };
  if (all((value) => Number.isSafeInteger(value) && !Object.is(value, -0)))
    return { type: 'INT64', data: cells.map((value) => (value === null ? null : BigInt(value as number))) };
  if (all((value) => typeof value === 'number')) return { type: 'DOUBLE', data: cells };
  const text = (value: Cell) => (typeof value === 'string' ? value : JSON.stringify(value));
  return { type: 'STRING', data: cells.map((value) => (value === null ? null : text(value))) };
}
