import type { Problem } from '@polytask/base';
import { columnRecord } from '../table/table.ts';
import { countMissing } from '../table/table-of.ts';
import { type CleaningStep, cleaningStep } from './cleaning-step.ts';
import { chosenColumns, columnNamed, isMissing } from './columns.ts';

/**
 * Sets rows aside in which more than `maxFraction` (default 0) of the columns are missing (E2227).
 *
 * @throws RangeError when the fraction is not within 0 to 1 or a column does not exist.
 */
export function dropMissingRows({
  columns,
  maxFraction = 0,
}: {
  columns?: readonly string[];
  maxFraction?: number;
} = {}): CleaningStep {
  checkFraction(maxFraction);
  return cleaningStep<readonly string[]>({
    name: 'drop rows with missing values',
    options: { columns: columns ?? null, maxFraction },
    fit: (training) => chosenColumns(training, columns).map(([name]) => name),
    apply(table, names) {
      const chosen = names.map((name) => columnNamed(table.columns, name));
      const setAside: { row: number; problem: Problem }[] = [];
      for (let row = 0; row < table.rowCount; row++) {
        let missing = 0;
        for (const column of chosen) if (isMissing(column, row)) missing++;
        if (missing <= maxFraction * chosen.length) continue;
        const first = names[chosen.findIndex((column) => isMissing(column, row))]!;
        const message = `${missing} of ${chosen.length} columns are missing, such as ${JSON.stringify(first)}.`;
        setAside.push({ row, problem: { code: 'E2227', message } });
      }
      return { columns: table.columns, setAside };
    },
  });
}

/**
 * Leaves out columns that are missing in more than `maxFraction` (default 0.5) of the training rows (E2228).
 *
 * @throws RangeError when the fraction is not within 0 to 1 or a column does not exist.
 */
export function dropMissingColumns({
  columns,
  maxFraction = 0.5,
}: {
  columns?: readonly string[];
  maxFraction?: number;
} = {}): CleaningStep {
  checkFraction(maxFraction);
  return cleaningStep<{ readonly [name: string]: number }>({
    name: 'drop columns with missing values',
    options: { columns: columns ?? null, maxFraction },
    fit: (training) =>
      Object.fromEntries(
        chosenColumns(training, columns)
          .map(([name, column]) => [name, countMissing(column) / training.rowCount] as const)
          .filter(([, fraction]) => fraction > maxFraction),
      ),
    apply(table, dropped) {
      const problems = Object.entries(dropped).map(([path, fraction]) => {
        const message = `${(fraction * 100).toFixed(1)} % of the training rows have no value; the column is left out.`;
        return { code: 'E2228', path, message };
      });
      const kept = Object.entries(table.columns).filter(([name]) => !Object.hasOwn(dropped, name));
      return { columns: columnRecord(kept), problems };
    },
  });
}

function checkFraction(maxFraction: number): void {
  if (!(maxFraction >= 0 && maxFraction <= 1))
    throw new RangeError(`maxFraction: expected 0 to 1. Found ${maxFraction}.`);
}
