import type { Problem } from '@polytask/base';
import { type ColumnFormat, readColumn } from '../table/column-format.ts';
import type { Column } from '../table/table.ts';
import { inferColumn } from '../table/table-of.ts';
import { type CleaningStep, cleaningStep } from './cleaning-step.ts';
import { chosenColumns, columnNamed, withColumns } from './columns.ts';

/**
 * Columns of texts that are numbers or dates in the training rows, read as such; see `tableOf`, which does the same while reading.
 *
 * Cells elsewhere that do not fit become missing (E2222). Spec: the format per column.
 *
 * @throws RangeError when a column does not exist.
 */
export function coerceTypes({ columns }: { readonly columns?: readonly string[] } = {}): CleaningStep {
  return cleaningStep<Record<string, ColumnFormat>>({
    name: 'coerce types',
    options: { columns: columns ?? null },
    fit(training) {
      const chosen = chosenColumns(training, columns).filter(([, { type }]) => type === 'text');
      const formats = chosen.map(([name, column]) => [name, inferColumn(column).format] as const);
      return Object.fromEntries(formats.filter(([, { type }]) => type !== 'text'));
    },
    apply(table, formats) {
      const problems: Problem[] = [];
      const changes: [string, Column][] = [];
      for (const [name, format] of Object.entries(formats)) {
        const before = columnNamed(table.columns, name);
        if (before.type === 'number') continue;
        const { column, unreadable } = readColumn(before.values, format);
        changes.push([name, column]);
        if (unreadable === 0) continue;
        const message = `Expected ${format.type === 'date' ? 'a date' : 'a number'} as in the training rows; such cells are missing now.`;
        problems.push({ code: 'E2222', path: name, message, count: unreadable });
      }
      return { columns: withColumns(table.columns, changes), problems };
    },
  });
}
