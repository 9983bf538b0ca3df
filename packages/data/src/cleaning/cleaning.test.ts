import { key } from '@polytask/base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { selectRows, type Table, table } from '../table/table.ts';
import { carryValues } from './carry-values.ts';
import { applyCleaning, cleanTable } from './clean-table.ts';
import { cleanText } from './clean-text.ts';
import type { CleaningStep } from './cleaning-step.ts';
import { coerceTypes } from './coerce-types.ts';
import { contradictoryLabels } from './contradictory-labels.ts';
import { dropMissingColumns, dropMissingRows } from './drop-missing.ts';
import { dropDuplicateRows, dropNearDuplicates } from './duplicate-rows.ts';
import { fillFromNeighbours } from './fill-from-neighbours.ts';
import { fillMissing } from './fill-missing.ts';
import { outlierBounds, outliers } from './outliers.ts';
import { removeLabelLeaks } from './remove-label-leaks.ts';

const all = (given: Table) => Array.from({ length: given.rowCount }, (_, row) => row);
const clean = (given: Table, ...steps: CleaningStep[]) => cleanTable(given, steps, { trainingRows: all(given) });
const numbers = (given: Table, name: string) => [...(given.columns[name]!.values as Float64Array)];
const NONE = Number.NaN;

const everyStep: Record<string, CleaningStep> = {
  mean: fillMissing({ by: 'mean', flag: true }),
  median: fillMissing({ by: 'median' }),
  mode: fillMissing({ by: 'mode' }),
  constant: fillMissing({ by: { constant: 7 } }),
  forward: carryValues({ direction: 'forward' }),
  backward: carryValues({ direction: 'backward', within: 'city' }),
  neighbours: fillFromNeighbours({ neighbours: 2, maxReferences: 5 }),
  rows: dropMissingRows({ maxFraction: 0.3 }),
  columns: dropMissingColumns({ maxFraction: 0.3 }),
  clip: outliers({ by: { type: 'iqr' }, action: 'clip' }),
  remove: outliers({ by: { type: 'mad' }, action: 'missing' }),
  drop: outliers({ by: { type: 'zScore', threshold: 1.5 }, action: 'drop' }),
  flag: outliers({ by: { type: 'quantile', low: 0.1, high: 0.9 }, action: 'flag' }),
  duplicates: dropDuplicateRows({ columns: ['x', 'city'] }),
  nearDuplicates: dropNearDuplicates({ column: 'text', threshold: 0.5 }),
  contradictions: contradictoryLabels({ label: 'city', content: ['x'], action: 'missing' }),
  text: cleanText({ whitespace: true }),
  coerce: coerceTypes(),
  leaks: removeLabelLeaks({ text: 'text', label: 'city', minRows: 1, minPrecision: 0.5 }),
};

const number = fc.option(fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ noNaN: true })), { nil: null });
const row = fc.record({
  x: number,
  y: number,
  city: fc.constantFrom('Oslo', 'Rome', '3', null),
  text: fc.constantFrom('1', '2,5', 'a rainy day in Oslo', 'a rainy day in oslo!', '<b>Rome</b>&amp;\u0000', null),
});
type Row = { x: number | null; y: number | null; city: string | null; text: string | null };
const tableFrom = (rows: readonly Row[]): Table => ({
  rowCount: rows.length,
  columns: {
    ...table({ x: [1, ...rows.map(({ x }) => x)], y: [1, ...rows.map(({ y }) => y)] }).columns,
    ...table({ city: ['', ...rows.map(({ city }) => city)], text: ['', ...rows.map(({ text }) => text)] }).columns,
  },
});
const made = (rows: readonly Row[]) => {
  const withFirst = tableFrom(rows);
  return selectRows(
    { ...withFirst, rowCount: rows.length + 1 },
    rows.map((_, at) => at + 1),
  );
};

describe.each(Object.entries(everyStep))('the step %s', (_name, step) => {
  it('learns the same and leaves training rows the same, whatever stands in the other rows', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 2, maxLength: 12 }),
        fc.array(row, { maxLength: 6 }),
        fc.array(row, { maxLength: 6 }),
        (training, others, marked) => {
          const clean = (more: readonly Row[]) => {
            // other rows stand before, between and behind the training rows
            const order = [
              ...more.slice(0, 2).map((of) => ({ of, training: false })),
              ...training.map((of) => ({ of, training: true })),
              ...more.slice(2).map((of) => ({ of, training: false })),
            ];
            const trainingRows = order.flatMap((one, at) => (one.training ? [at] : []));
            const found = cleanTable(made(order.map(({ of }) => of)), [step], { trainingRows, key: key(5) });
            const kept = Array.from(found.rows).flatMap((from, at) => (trainingRows.includes(from) ? [at] : []));
            const which = kept.map((at) => trainingRows.indexOf(found.rows[at]!));
            return { spec: JSON.stringify(found.spec), training: selectRows(found.table, kept), which };
          };
          expect(clean(marked)).toEqual(clean(others));
        },
      ),
      { numRuns: 60 },
    );
  });
  it('reports every cell, row and column that is not as before, and leaves the table handed in alone', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 12 }), (rows) => {
        const given = made(rows);
        const copy = structuredClone({ ...given, columns: { ...given.columns } });
        const {
          table: after,
          report,
          rows: kept,
          quarantine,
        } = cleanTable(given, [step], { trainingRows: all(given) });
        expect({ ...given, columns: { ...given.columns } }).toEqual(copy);
        expect(kept.length + quarantine.length).toBe(given.rowCount);
        const [only] = report.steps;
        for (const [name, column] of Object.entries(given.columns)) {
          const now = after.columns[name];
          expect(only!.droppedColumns.includes(name)).toBe(now === undefined);
          if (now === undefined || now.type !== column.type || quarantine.length > 0) continue;
          const changed = all(given).filter((at) => !Object.is(column.values[at], now.values[at])).length;
          expect(only!.columns[name]?.changed ?? 0).toBe(changed);
        }
        expect(JSON.parse(JSON.stringify(report)).steps).toHaveLength(1);
      }),
      { numRuns: 60 },
    );
  });
  it('does to other tables what its saved specification says', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 10 }), fc.array(row, { maxLength: 6 }), (rows, later) => {
        const { spec } = cleanTable(made(rows), [step], { trainingRows: rows.map((_, at) => at) });
        const saved = JSON.parse(JSON.stringify(spec));
        expect(applyCleaning(made(later), [step], saved)).toEqual(applyCleaning(made(later), [step], spec));
      }),
      { numRuns: 30 },
    );
  });
});

describe('missing values', () => {
  const holes = table({ x: [1, null, 4, 1, null], c: ['a', 'b', null, 'b', null] });
  it('fills with mean, median, mode and constants', () => {
    const by = (by: Parameters<typeof fillMissing>[0]['by']) => clean(holes, fillMissing({ by })).table;
    expect(numbers(by('mean'), 'x')).toEqual([1, 2, 4, 1, 2]);
    expect(numbers(by('median'), 'x')).toEqual([1, 1, 4, 1, 1]);
    expect(by('mode')).toEqual(table({ x: [1, 1, 4, 1, 1], c: ['a', 'b', 'b', 'b', 'b'] }));
    expect(by({ constant: 'none' }).columns.c!.values).toEqual(['a', 'b', 'none', 'b', 'none']);
    expect(() => clean(holes, fillMissing({ by: 'mean', columns: ['c'] }))).toThrow(TypeError);
    expect(() => clean(holes, fillMissing({ by: 'mean', columns: ['X'] }))).toThrow('Did you mean "x"?');
  });
  it('reports examples, training rows apart, and adds flags', () => {
    const { table: after, report } = cleanTable(holes, [fillMissing({ by: 'mean', flag: true })], {
      trainingRows: [0, 1, 2],
      rowNumbers: [10, 11, 12, 13, 14],
    });
    expect(numbers(after, 'x was missing')).toEqual([0, 1, 0, 0, 1]);
    expect(report.steps[0]).toMatchObject({
      addedColumns: ['x was missing'],
      columns: {
        x: { changed: 2, changedInTraining: 1, examples: [{ row: 11, before: null, after: 2.5 }, { row: 14 }] },
      },
    });
  });
  it('says so when a column has nothing to fill with', () => {
    const { report } = clean(table({ x: [null, null], y: ['a', 'b'] }), fillMissing({ by: 'mode' }));
    expect(report.steps[0]!.problems).toMatchObject([{ code: 'E2225', path: 'x' }]);
  });
  it('carries values forward and backward, within a group and up to a limit', () => {
    const series = table({ who: ['a', 'b', 'a', 'a', 'b'], x: [1, null, null, null, 5] });
    const carry = (options: Parameters<typeof carryValues>[0]) =>
      numbers(clean(series, carryValues(options)).table, 'x');
    expect(carry({ direction: 'forward' })).toEqual([1, 1, 1, 1, 5]);
    expect(carry({ direction: 'forward', limit: 2 })).toEqual([1, 1, 1, NONE, 5]);
    expect(carry({ direction: 'forward', within: 'who' })).toEqual([1, NONE, 1, 1, 5]);
    expect(carry({ direction: 'backward', within: 'who' })).toEqual([1, 5, NONE, NONE, 5]);
  });
  it('fills from the nearest rows over numbers and texts', () => {
    const people = table({
      age: [20, 21, 60, 61, 20.5, 60.5],
      city: ['a', 'a', 'b', 'b', 'a', null],
      pay: [1, 3, 10, 12, null, 11],
    });
    const { table: after } = clean(people, fillFromNeighbours({ neighbours: 2 }));
    expect(after.columns.pay!.values[4]).toBe(2);
    expect(after.columns.city!.values[5]).toBe('b');
  });
  it('drops rows and columns above a share of missing cells', () => {
    const { table: rowsLeft, quarantine, rows } = clean(holes, dropMissingRows({ maxFraction: 0.5 }));
    expect([rowsLeft.rowCount, [...rows]]).toEqual([4, [0, 1, 2, 3]]);
    expect(quarantine).toMatchObject([
      { row: 5, step: 'drop rows with missing values', problem: { code: 'E2227' }, values: { x: null, c: null } },
    ]);
    const { report } = cleanTable(holes, [dropMissingColumns({ maxFraction: 0.4 })], { trainingRows: [0, 1] });
    expect(report.steps[0]).toMatchObject({ droppedColumns: ['x'], problems: [{ code: 'E2228', path: 'x' }] });
  });
});

describe('outliers', () => {
  const values = [1, 2, 3, 4, 100];
  it('are beyond bounds worked by hand', () => {
    expect(outlierBounds(values, { type: 'iqr' })).toEqual({ low: -1, high: 7 }); // quartiles 2 and 4
    expect(outlierBounds(values, { type: 'mad', threshold: 0.6745 })).toEqual({ low: 2, high: 4 }); // median 3, MAD 1
    expect(outlierBounds([1, 3], { type: 'zScore', threshold: 2 })).toEqual({ low: 0, high: 4 });
    expect(outlierBounds(values, { type: 'quantile', low: 0.25, high: 1 })).toEqual({ low: 2, high: 100 });
    expect(outlierBounds([5, 5, 5, 9], { type: 'mad' })).toBeUndefined();
  });
  it('are clipped, removed, dropped or flagged', () => {
    const given = table({ x: [...values, null] });
    const act = (action: 'clip' | 'missing' | 'drop' | 'flag') =>
      clean(given, outliers({ by: { type: 'iqr' }, action }));
    expect(numbers(act('clip').table, 'x')).toEqual([1, 2, 3, 4, 7, NONE]);
    expect(numbers(act('missing').table, 'x')).toEqual([1, 2, 3, 4, NONE, NONE]);
    expect(numbers(act('drop').table, 'x')).toEqual([1, 2, 3, 4, NONE]);
    expect(act('drop').quarantine[0]!.problem.message).toBe('Expected -1 to 7. Found 100.');
    expect(numbers(act('flag').table, 'x is outlier')).toEqual([0, 0, 0, 0, 1, 0]);
    expect(() => outliers({ by: { type: 'zScore', threshold: 0 }, action: 'clip' })).toThrow(RangeError);
    expect(() => outliers({ by: { type: 'quantile', low: 0.9, high: 0.1 }, action: 'clip' })).toThrow(RangeError);
  });
  it('do not exist in a constant column', () => {
    const { report } = clean(table({ x: [5, 5, 5] }), outliers({ by: { type: 'zScore' }, action: 'drop' }));
    expect(report.steps[0]!.problems).toMatchObject([{ code: 'E2229' }]);
  });
});

describe('duplicates and contradictions', () => {
  const tweets = table({
    text: ['Good  day', 'good day', 'bad day', 'good day', null],
    mood: ['+', '+', '-', '-', '+'],
  });
  it('drops the later of equal rows, training rows first', () => {
    expect([...clean(tweets, dropDuplicateRows()).rows]).toEqual([0, 2, 3, 4]);
    expect([...clean(tweets, dropDuplicateRows({ columns: ['text'] })).rows]).toEqual([0, 2, 4]);
    // rows are told by their numbers in the file, those of earlier ones too
    const numbered = cleanTable(tweets, [dropDuplicateRows(), dropDuplicateRows({ columns: ['text'] })], {
      trainingRows: [0, 1, 2, 3, 4],
      rowNumbers: [11, 12, 13, 14, 15],
    });
    expect(numbered.quarantine.map(({ row, problem }) => [row, problem.message])).toEqual([
      [12, 'The row repeats row 11.'],
      [14, 'The row repeats row 11.'],
    ]);
    const { rows, report } = cleanTable(tweets, [dropDuplicateRows()], { trainingRows: [1, 2] });
    expect([...rows]).toEqual([1, 2, 3, 4]);
    expect(report.steps[0]!.droppedRows).toEqual({ training: 0, other: 1 });
  });
  it('finds rows of one content and several labels', () => {
    const by = (action: 'missing' | 'drop' | 'report') =>
      clean(tweets, contradictoryLabels({ label: 'mood', content: ['text'], action }));
    expect(by('missing').table.columns.mood!.values).toEqual([null, null, '-', null, '+']);
    expect([...by('drop').rows]).toEqual([2, 4]);
    expect(by('report').report.steps[0]!.problems).toMatchObject([{ code: 'E2233', count: 3 }]);
    expect(by('report').table).toEqual(tweets);
  });
});

describe('cleanTable', () => {
  it('composes: later steps are fitted to what earlier ones left', () => {
    const given = table({ x: ['1', '2', '3', '1 000', 'N/A', 'oops'] });
    const steps = [coerceTypes(), outliers({ by: { type: 'iqr' }, action: 'drop' }), fillMissing({ by: 'mean' })];
    const { table: after, spec, report } = cleanTable(given, steps, { trainingRows: [0, 1, 2, 3, 4] });
    expect(numbers(after, 'x')).toEqual([1, 2, 3, 2, 2]);
    expect(report.steps.map(({ rowsBefore, rowsAfter }) => [rowsBefore, rowsAfter])).toEqual([
      [6, 6],
      [6, 5],
      [5, 5],
    ]);
    expect(report.steps[0]).toMatchObject({
      columns: { x: { newType: 'number' } },
      problems: [{ code: 'E2222', path: 'x' }],
    });
    expect(numbers(applyCleaning(table({ x: ['7', null] }), steps, spec).table, 'x')).toEqual([7, 2]);
    expect(() => applyCleaning(given, steps.slice(1), spec)).toThrow(RangeError);
  });
  it('refuses training rows that are not there, stand twice or are all gone', () => {
    const given = table({ x: [null, 1] });
    expect(() => cleanTable(given, [], { trainingRows: [2] })).toThrow(RangeError);
    expect(() => cleanTable(given, [], { trainingRows: [0, 0] })).toThrow(RangeError);
    expect(() => cleanTable(given, [], { trainingRows: [0], rowNumbers: [1] })).toThrow(RangeError);
    expect(() => cleanTable(given, [dropMissingRows(), fillMissing({ by: 'mean' })], { trainingRows: [0] })).toThrow(
      'E2226',
    );
  });
  it('takes steps of a user and reports them like its own', () => {
    const double: CleaningStep = {
      name: 'double',
      options: null,
      fit: () => null,
      apply: ({ columns }) => ({
        columns: {
          ...columns,
          x: { type: 'number', values: (columns.x!.values as Float64Array).map((value) => 2 * value) },
        },
      }),
    };
    expect(clean(table({ x: [0, 3] }), double).report.steps[0]!.columns.x).toMatchObject({
      changed: 1,
      examples: [{ row: 2, before: 3, after: 6 }],
    });
  });
});
