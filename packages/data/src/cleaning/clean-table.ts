import { fold, type Key, key as keyOf, PolytaskError, type Problem, quote } from '@polytask/base';
import { problemCounts } from '../problem-counts.ts';
import type { JsonValue } from '../sources/types.ts';
import { cellOf, columnRecord, selectCells, selectRows, type Table } from '../table/table.ts';
import { type CleaningReport, type ColumnChange, columnChange, type StepReport } from './cleaning-report.ts';
import type { CleaningStep } from './cleaning-step.ts';

/** A row that was set aside: the source's number, the step, why, and its cells as the step found them. */
export type QuarantinedCells = {
  readonly row: number;
  readonly step: string;
  readonly problem: Problem;
  readonly values: Readonly<Record<string, number | string | null>>;
};

/** What the steps learned from training rows, to be applied to other tables. JSON. */
export type CleaningSpec = { readonly steps: readonly { readonly name: string; readonly spec: JsonValue }[] };

export type CleanTableOptions = {
  /** Indexes of the training rows: all statistics come from these. */
  readonly trainingRows: ArrayLike<number>;
  /** Picks the reference rows of steps that sample. Default: `key(0)`. */
  readonly key?: Key;
  /** The source's number of each row, as `tableOf` gives it. Default: 1, 2, 3, … */
  readonly rowNumbers?: ArrayLike<number>;
};

export type CleanedTable = {
  readonly table: Table;
  /** For each row of the cleaned table its index in the table handed in. */
  readonly rows: Uint32Array;
  readonly spec: CleaningSpec;
  readonly report: CleaningReport;
  readonly quarantine: readonly QuarantinedCells[];
};

/**
 * A table after cleaning steps, one after the other, with a report of every change and the rows that were set aside.
 *
 * Each step is fitted to the training rows as the steps before left them. Nothing about the other rows reaches a statistic or a training
 * row. The table handed in stays as it is.
 *
 * @throws RangeError when a training row is not in the table or stands twice, or `rowNumbers` has another length.
 * @throws PolytaskError data E2226 when no training row is left.
 */
export function cleanTable(table: Table, steps: readonly CleaningStep[], options: CleanTableOptions): CleanedTable {
  const { trainingRows, key = keyOf(0) } = options;
  const isTraining = new Uint8Array(table.rowCount);
  for (let at = 0; at < trainingRows.length; at++) {
    const row = trainingRows[at]!;
    if (isTraining[row] !== 0) {
      throw new RangeError(`trainingRows: expected distinct indexes below ${table.rowCount}. Found ${row}.`);
    }
    isTraining[row] = 1;
  }
  return run(table, steps, isTraining, options.rowNumbers, (step, training, at) => {
    if (training.rowCount === 0) {
      const message = `No training row is left for the step ${quote(step.name)}.`;
      throw new PolytaskError('data', { code: 'E2226', message, fix: 'See the quarantine for what took them out.' });
    }
    return step.fit(training, fold(fold(key, at), step.name));
  });
}

/**
 * Another table after the same steps, with what they learned before: validation rows of another file, or data to predict on.
 *
 * @throws RangeError when the specification is not of these steps.
 */
export function applyCleaning(
  table: Table,
  steps: readonly CleaningStep[],
  spec: CleaningSpec,
  { rowNumbers }: { readonly rowNumbers?: ArrayLike<number> } = {},
): CleanedTable {
  const names = spec.steps.map(({ name }) => name).join(', ');
  if (names !== steps.map(({ name }) => name).join(', ')) {
    throw new RangeError(`spec: expected that of ${steps.map(({ name }) => name).join(', ')}. Found that of ${names}.`);
  }
  const nothing = new Uint8Array(table.rowCount);
  return run(table, steps, nothing, rowNumbers, (_step, _training, at) => spec.steps[at]!.spec);
}

function run(
  table: Table,
  steps: readonly CleaningStep[],
  isTraining: Uint8Array,
  rowNumbers: ArrayLike<number> = Uint32Array.from({ length: table.rowCount }, (_, row) => row + 1),
  specOf: (step: CleaningStep, training: Table, at: number) => JsonValue,
): CleanedTable {
  if (rowNumbers.length !== table.rowCount) {
    throw new RangeError(`rowNumbers: expected ${table.rowCount} numbers. Found ${rowNumbers.length}.`);
  }
  let current = table;
  let rows = Uint32Array.from({ length: table.rowCount }, (_, row) => row);
  let training = isTraining;
  const reports: StepReport[] = [];
  const quarantine: QuarantinedCells[] = [];
  const specs = steps.map((step, at) => {
    const trainingTable = selectRows(current, indexesOf(training, 1));
    const spec = specOf(step, trainingTable, at);
    const { columns, setAside = [], problems = [] } = step.apply(current, spec, training);
    const numbers = Array.from(rows, (row) => rowNumbers[row]!);
    const counts = problemCounts();
    for (const problem of problems) counts.add(problem);
    const taken = new Uint8Array(current.rowCount);
    for (const { row, problem, earlier } of setAside) {
      if (taken[row] !== 0) continue; // one reason is enough
      taken[row] = 1;
      const message = earlier === undefined ? problem.message : `${problem.message} row ${numbers[earlier]}.`;
      const placed = { ...problem, message, row: numbers[row]! };
      counts.add(placed);
      const values = Object.create(null) as Record<string, number | string | null>;
      for (const [name, column] of Object.entries(current.columns)) values[name] = cellOf(column, row);
      quarantine.push({ row: numbers[row]!, step: step.name, problem: placed, values });
    }
    const kept = indexesOf(taken, 0);
    reports.push({
      step: step.name,
      options: step.options,
      rowsBefore: current.rowCount,
      rowsAfter: kept.length,
      droppedRows: countDropped(taken, training),
      ...compare(current.columns, columns, training, numbers),
      problems: counts.list(),
    });
    const unchanged = kept.length === current.rowCount;
    current = {
      rowCount: kept.length,
      columns: unchanged
        ? columns
        : columnRecord(Object.entries(columns).map(([name, column]) => [name, selectCells(column, kept)])),
    };
    rows = kept.map((row) => rows[row]!);
    training = Uint8Array.from(kept, (row) => training[row]!);
    return { name: step.name, spec };
  });
  const report = { rowsBefore: table.rowCount, rowsAfter: current.rowCount, steps: reports };
  return { table: current, rows, spec: { steps: specs }, report, quarantine };
}

function compare(
  before: Table['columns'],
  after: Table['columns'],
  isTraining: Uint8Array,
  rowNumbers: ArrayLike<number>,
): Pick<StepReport, 'addedColumns' | 'droppedColumns' | 'columns'> {
  const columns = Object.create(null) as Record<string, ColumnChange>;
  for (const [name, column] of Object.entries(after)) {
    const was = Object.hasOwn(before, name) ? before[name]! : undefined;
    const change = was && columnChange(was, column, isTraining, rowNumbers);
    if (change) columns[name] = change;
  }
  return {
    addedColumns: Object.keys(after).filter((name) => !Object.hasOwn(before, name)),
    droppedColumns: Object.keys(before).filter((name) => !Object.hasOwn(after, name)),
    columns,
  };
}

function countDropped(taken: Uint8Array, isTraining: Uint8Array): { training: number; other: number } {
  let training = 0;
  let other = 0;
  for (let row = 0; row < taken.length; row++) {
    if (taken[row] === 1 && isTraining[row] === 1) training++;
    else if (taken[row] === 1) other++;
  }
  return { training, other };
}

function indexesOf(marks: Uint8Array, mark: 0 | 1): Uint32Array {
  let count = 0;
  for (const found of marks) if (found === mark) count++;
  const indexes = new Uint32Array(count);
  let at = 0;
  for (let row = 0; row < marks.length; row++) if (marks[row] === mark) indexes[at++] = row;
  return indexes;
}
