import { fold, type Key, key as keyOf, quote } from '@polytask/base';
import { columnNamed } from '../cleaning/columns.ts';
import { type Column, selectCells, type Table } from '../table/table.ts';
import {
  categoryCounts,
  encodeHashing,
  encodeOneHot,
  encodeOrdinal,
  fitOneHot,
  fitOrdinal,
  type HashingSpec,
  type OneHotSpec,
  type OrdinalSpec,
} from './encode-categories.ts';
import { type CyclicalSpec, type DateSpec, encodeCyclical, encodeDate, fitDate } from './encode-date.ts';
import { encodeNumber, fitNumber, type NumberSpec } from './encode-number.ts';
import { encodePiecewise, fitPiecewise, type PiecewiseSpec } from './encode-pieces.ts';
import { encodeTarget, fitTarget, type TargetSpec } from './encode-target.ts';
import type { ColumnEncoding, EncodedColumn, TabularSchema } from './encoding.ts';

type ColumnSpec =
  | NumberSpec
  | PiecewiseSpec
  | OneHotSpec
  | OrdinalSpec
  | HashingSpec
  | TargetSpec
  | DateSpec
  | CyclicalSpec;

/** What the encoders learned from the training rows, and the names of the features. JSON. */
export type TabularSpec = {
  readonly columns: readonly { readonly column: string; readonly spec: ColumnSpec }[];
  readonly features: readonly string[];
};

/**
 * An encoding for every column that is not left out: numbers as standard scores, texts one-hot up to 20 distinct ones in the training rows,
 * hashed above. Labels belong to `except`.
 */
export function tabularSchema(
  { columns }: Table,
  trainingRows: ArrayLike<number>,
  { except = [] }: { readonly except?: readonly string[] } = {},
): TabularSchema {
  const chosen = Object.entries(columns).filter(([name]) => !except.includes(name));
  return Object.fromEntries(
    chosen.map(([name, column]): [string, ColumnEncoding] => {
      if (column.type === 'number') return [name, { type: 'number' }];
      return [name, { type: categoryCounts(selectCells(column, trainingRows)).size <= 20 ? 'oneHot' : 'hashing' }];
    }),
  );
}

/**
 * What the encoders of a schema learn, from the training rows alone. `key` draws the folds of target encoding; default `key(0)`.
 *
 * @throws RangeError when a column does not exist, an option is out of range or a target is encoded by itself.
 * @throws TypeError when a column has the wrong type for its encoding.
 */
export function fitTabular(
  table: Table,
  schema: TabularSchema,
  trainingRows: ArrayLike<number>,
  { key = keyOf(0) }: { readonly key?: Key } = {},
): TabularSpec {
  const columns = Object.entries(schema).map(([column, encoding]) => {
    const training = selectCells(columnNamed(table.columns, column), trainingRows);
    return { column, spec: fitColumn(column, training, encoding, table, trainingRows, key) };
  });
  const none: Table = {
    rowCount: 0,
    columns: Object.fromEntries(Object.entries(table.columns).map(([name, column]) => [name, selectCells(column, [])])),
  };
  const features = columns.flatMap(({ column, spec }) => encoded(none, column, spec, () => -1).names);
  return { columns, features };
}

function fitColumn(
  name: string,
  training: Column,
  encoding: ColumnEncoding,
  table: Table,
  trainingRows: ArrayLike<number>,
  key: Key,
): ColumnSpec {
  switch (encoding.type) {
    case 'number':
      return fitNumber(numbers(name, training), encoding);
    case 'piecewise':
      return fitPiecewise(numbers(name, training), encoding);
    case 'oneHot':
      return fitOneHot(training, {
        ...encoding,
        maxCategories: positive('maxCategories', encoding.maxCategories ?? 50),
      });
    case 'ordinal':
      return fitOrdinal(training, encoding);
    case 'hashing':
      return { type: 'hashing', buckets: positive('buckets', encoding.buckets ?? 32) };
    case 'target': {
      if (encoding.target === name) throw new RangeError(`${name}: expected another column as target. Found itself.`);
      const target = selectCells(columnNamed(table.columns, encoding.target), trainingRows);
      return fitTarget(training, target, encoding, fold(key, name));
    }
    case 'date':
      return fitDate(training, encoding);
    case 'cyclical':
      numbers(name, training);
      if (!(encoding.period > 0)) throw new RangeError(`period: expected a number above 0. Found ${encoding.period}.`);
      return { type: 'cyclical', period: encoding.period };
    default:
      throw new RangeError(`${name}: expected an encoding. Found ${quote((encoding as { type: unknown }).type)}.`);
  }
}

export function encoded(
  { columns }: Table,
  name: string,
  spec: ColumnSpec,
  trainingPosition: (row: number) => number,
): EncodedColumn {
  const column = columnNamed(columns, name);
  if (spec.type === 'number') return encodeNumber(name, numbers(name, column), spec);
  if (spec.type === 'piecewise') return encodePiecewise(name, numbers(name, column), spec);
  if (spec.type === 'oneHot') return encodeOneHot(name, column, spec);
  if (spec.type === 'ordinal') return encodeOrdinal(name, column, spec);
  if (spec.type === 'hashing') return encodeHashing(name, column, spec);
  if (spec.type === 'target') return encodeTarget(name, column, spec, trainingPosition);
  if (spec.type === 'date') return encodeDate(name, column, spec);
  return encodeCyclical(name, numbers(name, column), spec);
}

function numbers(name: string, column: Column): Float64Array {
  if (column.type === 'number') return column.values;
  if (column.values.every((value) => value === null)) return new Float64Array(column.values.length).fill(Number.NaN);
  throw new TypeError(`${name}: expected a column of numbers. Found texts.`);
}

function positive(name: string, value: number): number {
  if (Number.isInteger(value) && value > 0) return value;
  throw new RangeError(`${name}: expected a positive integer. Found ${value}.`);
}
