import { columnNamed, withColumns } from '../cleaning/columns.ts';
import type { JsonValue } from '../sources/types.ts';
import { type Column, selectCells, type Table } from '../table/table.ts';
import type { Normaliser } from './normaliser.ts';

/** What normalisers learned, by column. JSON. */
export type NormalisationSpec = Readonly<Record<string, { readonly normaliser: string; readonly spec: JsonValue }>>;

/** Columns of numbers on scales fitted to training rows. */
export interface TableNormaliser {
  /** @throws RangeError when a column does not exist. @throws TypeError when it holds texts. */
  fit(table: Table, trainingRows: ArrayLike<number>): NormalisationSpec;
  apply(table: Table, spec: NormalisationSpec): Table;
  /** The table before `apply`; columns that the table does not have, such as a regression target to predict, are left out. */
  invert(table: Table, spec: NormalisationSpec): Table;
}

/** A normaliser per column; all other columns stay as they are. */
export function normaliseTable(columns: Readonly<Record<string, Normaliser<never> | Normaliser>>): TableNormaliser {
  const entries = Object.entries(columns) as [string, Normaliser][];
  const change = (table: Table, spec: NormalisationSpec, way: 'apply' | 'invert'): Table => {
    const present = entries.filter(([name]) => Object.hasOwn(table.columns, name));
    const changes = present.map(([name, normaliser]): [string, Column] => {
      const fitted = Object.hasOwn(spec, name) ? spec[name]! : undefined;
      if (fitted?.normaliser !== normaliser.name) {
        throw new RangeError(
          `${name}: expected what ${normaliser.name} learned. Found that of ${fitted?.normaliser ?? 'nothing'}.`,
        );
      }
      return [name, { type: 'number', values: normaliser[way](numbersOf(table, name), fitted.spec) }];
    });
    return { ...table, columns: withColumns(table.columns, changes) };
  };
  return {
    fit: (table, trainingRows) =>
      Object.fromEntries(
        entries.map(([name, normaliser]) => {
          numbersOf(table, name);
          const training = selectCells(table.columns[name]!, trainingRows).values as Float64Array;
          return [name, { normaliser: normaliser.name, spec: normaliser.fit(training) as JsonValue }];
        }),
      ),
    apply: (table, spec) => change(table, spec, 'apply'),
    invert: (table, spec) => change(table, spec, 'invert'),
  };
}

function numbersOf({ columns }: Table, name: string): Float64Array {
  const column = columnNamed(columns, name);
  if (column.type === 'number') return column.values;
  throw new TypeError(`${name}: expected a column of numbers. Found texts.`);
}
