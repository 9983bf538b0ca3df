import { PolytaskError, quote } from '@polytask/base';
import type { RunConfig } from '../config/schema.ts';
import { openPart } from './open-part.ts';
import { partsOf } from './read-data.ts';

/**
 * The distinct values of columns in the files of a run, as trimmed texts: numbers by value, else by code unit. Of files that are parts, those of the training file.
 *
 * @param columns by the task that asks.
 * @throws PolytaskError usage E1218 for a column that no row has · and what opening the files throws.
 */
export async function columnValues(
  config: RunConfig,
  columns: Readonly<Record<string, string>>,
): Promise<Record<string, string[]>> {
  const found = new Map(Object.values(columns).map((column) => [column, new Set<string>()]));
  for (const { source, mapping, key, part } of partsOf(config)) {
    if (part !== undefined && part !== 'train') continue;
    const { open } = await openPart(config, source, { mapping, key });
    for await (const row of open())
      if ('values' in row)
        for (const [column, values] of found) {
          const cell = row.values[column];
          const text = cell === null || cell === undefined || typeof cell === 'object' ? '' : String(cell).trim();
          if (text !== '') values.add(text);
        }
  }
  const problems = Object.entries(columns)
    .filter(([, column]) => found.get(column)!.size === 0)
    .map(([task, column]) => ({
      code: 'E1218',
      path: `tasks.${task}.each`,
      message: `No row has a value in the column ${quote(column)}.`,
    }));
  if (problems.length > 0) throw new PolytaskError('usage', problems);
  return Object.fromEntries(Object.entries(columns).map(([task, column]) => [task, sorted(found.get(column)!)]));
}

function sorted(values: ReadonlySet<string>): string[] {
  const list = [...values];
  const areNumbers = list.every((value) => Number.isFinite(Number(value)));
  return list.sort((a, b) => (areNumbers ? Number(a) - Number(b) : 0) || (a < b ? -1 : 1));
}
