import { quote } from '@polytask/base';
import type { Cell, Source, SourceRow, Values } from '../sources/types.ts';
import { type IntegratedSource, integrationLog } from './integration-report.ts';
import { type ColumnMapping, checkMapping, mapColumns, watchMapping } from './map-columns.ts';

export type UnionPart = ColumnMapping & { readonly source: Source };

export type UnionOptions = {
  readonly name?: string;
  /** A column that says which source a row came from. Default: none. */
  readonly origin?: string;
  /** A column that names what a row is about. With it, rows about the same are compared: what two of them say of one cell must agree (E2151). Keys and cells are held in memory. */
  readonly key?: string;
};

/**
 * The rows of several sources one after the other, under common names: each source may have labels of other tasks.
 *
 * Cells that a source does not have are absent, so that the examples lack those labels. Nothing is dropped: rows that contradict each other
 * are told (E2151), with both places, and stay. Row numbers count through all sources; lines are those of each file.
 *
 * @throws RangeError without sources, when a mapping joins two columns, or when `origin` is a column of a source (while reading).
 */
export function unionSources(parts: readonly UnionPart[], options: UnionOptions = {}): IntegratedSource {
  if (parts.length === 0) throw new RangeError('unionSources: expected at least one source. Found none.');
  for (const part of parts) checkMapping(part.source.name, part);
  let log = integrationLog();
  return {
    name: options.name ?? parts.map(({ source }) => source.name).join(' + '),
    report: () => ({ rows: { ...log.rows }, problems: log.problems.list() }),
    async *[Symbol.asyncIterator]() {
      const now = integrationLog();
      log = now;
      const known = new Map<string, Map<string, { cell: Cell; place: string }>>();
      let row = 0;
      for (const part of parts) {
        const { name } = part.source;
        const watch = watchMapping(part, name);
        for await (const found of part.source) {
          row++;
          now.count(name);
          if ('bad' in found) {
            yield { ...found, row, bad: { file: name, ...found.bad } };
            continue;
          }
          const values = mapColumns(found, part, name, now.problems) as Record<string, Cell>;
          watch.see(found.values, values);
          if (options.key !== undefined) compare(values, name, found);
          if (options.origin !== undefined) {
            if (options.origin in values)
              throw new RangeError(`origin: expected a new column. Found ${quote(options.origin)} in ${name}.`);
            values[options.origin] = name;
          }
          yield { row, line: found.line, values };
        }
        watch.tell(now.problems);
      }

      function compare(values: Values, file: string, { row: at, line }: SourceRow) {
        const id = values[options.key!];
        if (id === undefined || id === null || id === '') return;
        const place = `${file}, line ${line}`;
        const cells = known.get(String(id)) ?? new Map<string, { cell: Cell; place: string }>();
        known.set(String(id), cells);
        for (const path in values) {
          const cell = values[path]!;
          if (cell === null || cell === '') continue;
          const earlier = cells.get(path);
          if (earlier === undefined) cells.set(path, { cell, place });
          else if (!sameCell(earlier.cell, cell)) {
            const message = `${quote(id)} has ${quote(cell)} here and ${quote(earlier.cell)} in ${earlier.place}.`;
            now.problems.add({ code: 'E2151', file, line, row: at, path, message });
          }
        }
      }
    },
  };
}

/** Whether two cells say the same, numbers written as texts included. */
export function sameCell(left: Cell, right: Cell): boolean {
  if (typeof left === 'object' || typeof right === 'object') return JSON.stringify(left) === JSON.stringify(right);
  return String(left).trim() === String(right).trim();
}
