import { type Key, key as keyOf, type Problem } from '@polytask/base';
import { type Column, cellOf } from '../table/table.ts';
import { normalizeText } from '../text/normalize-text.ts';
import { type CleaningStep, cleaningStep } from './cleaning-step.ts';
import { chosenColumns, columnNamed } from './columns.ts';
import { type NearDuplicateOptions, nearDuplicates } from './near-duplicates.ts';

/**
 * Sets rows aside whose cells in the given columns (default: all) are those of an earlier row (E2231).
 *
 * Training rows count as earlier than all others: none of them is taken out for a row of another part. Texts are compared as
 * `normalizeText` leaves them; missing cells equal each other.
 *
 * @throws RangeError when a column does not exist.
 */
export function dropDuplicateRows({ columns }: { readonly columns?: readonly string[] } = {}): CleaningStep {
  return cleaningStep<null>({
    name: 'drop duplicate rows',
    options: { columns: columns ?? null },
    fit: () => null,
    apply(table, _spec, isTraining) {
      const chosen = chosenColumns(table, columns).map(([, column]) => column);
      const firstOf = new Map<string, number>();
      const setAside: Repetition[] = [];
      for (const row of trainingFirst(isTraining)) {
        const content = contentOf(chosen, row);
        const first = firstOf.get(content);
        if (first === undefined) firstOf.set(content, row);
        else setAside.push({ row, problem: { code: 'E2231', message: 'The row repeats' }, earlier: first });
      }
      return { columns: table.columns, setAside };
    },
  });
}

/**
 * Sets rows aside whose text nearly equals that of an earlier row (E2232); see `nearDuplicates`. Training rows count as earlier.
 *
 * @throws RangeError when an option is out of range or the column does not exist. @throws TypeError when it holds numbers.
 */
export function dropNearDuplicates({
  column,
  key = keyOf(0),
  ...options
}: { readonly column: string; readonly key?: Key } & Omit<NearDuplicateOptions, 'key'>): CleaningStep {
  return cleaningStep<null>({
    name: 'drop near-duplicates',
    options: { column, threshold: options.threshold ?? 0.8 },
    fit: () => null,
    apply(table, _spec, isTraining) {
      const found = columnNamed(table.columns, column);
      if (found.type !== 'text') throw new TypeError(`${column}: expected a column of texts. Found numbers.`);
      const order = trainingFirst(isTraining);
      const trainingCount = isTraining.reduce((sum, mark) => sum + mark, 0);
      const setAside: Repetition[] = [];
      const dropFrom = (rows: Uint32Array, from: number) => {
        const { groups } = nearDuplicates(
          Array.from(rows, (row) => found.values[row]!),
          { ...options, key },
        );
        const firstOf = new Map<number, number>();
        rows.forEach((row, at) => {
          const first = firstOf.get(groups[at]!);
          if (first === undefined) firstOf.set(groups[at]!, row);
          else if (at >= from) {
            const message = 'The text nearly equals that of';
            setAside.push({ row, problem: { code: 'E2232', path: column, message }, earlier: first });
          }
        });
      };
      // other rows may link two groups of training rows: those are judged among themselves
      dropFrom(order.subarray(0, trainingCount), 0);
      if (trainingCount < order.length) dropFrom(order, trainingCount);
      return { columns: table.columns, setAside };
    },
  });
}

type Repetition = { readonly row: number; readonly problem: Problem; readonly earlier: number };

/** All rows, training rows first. */
export function trainingFirst(isTraining: Uint8Array): Uint32Array {
  const order = new Uint32Array(isTraining.length);
  let at = 0;
  for (const mark of [1, 0])
    for (let row = 0; row < isTraining.length; row++) if (isTraining[row] === mark) order[at++] = row;
  return order;
}

/** The cells of a row as one string; equal exactly when the cells are, texts after normalisation. */
export function contentOf(columns: readonly Column[], row: number): string {
  return JSON.stringify(
    columns.map((column) => {
      const cell = cellOf(column, row);
      return typeof cell === 'string' ? normalizeText(cell) : cell;
    }),
  );
}
