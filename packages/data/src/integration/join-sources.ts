import { nearest, PolytaskError, quote } from '@polytask/base';
import { row as emptyRow } from '../sources/rows.ts';
import type { Cell, Source, SourceRow, Values } from '../sources/types.ts';
import { type IntegratedSource, integrationLog } from './integration-report.ts';
import { type ColumnMapping, checkMapping, mapColumns, watchMapping } from './map-columns.ts';
import { sameCell } from './union-sources.ts';

export type JoinOptions = {
  /** The column that stands for the same thing in both, after the mappings. */
  readonly on: string;
  /** Which rows are kept: `left` all of the first source, `inner` those in both, `outer` all of both. Default: left. */
  readonly how?: 'left' | 'inner' | 'outer';
  /** Whose cell is kept where both have one and they differ; it is told as E2151 either way. `missing` keeps neither. Default: left. */
  readonly conflicts?: 'left' | 'right' | 'missing';
  readonly left?: ColumnMapping;
  readonly right?: ColumnMapping;
  readonly name?: string;
  /** The second source is held in memory; reading ends with an error above so many rows of it. Default: 10,000,000. */
  readonly maxRows?: number;
};

/**
 * The rows of the first source with the cells of the second that has the same key: labels of one task here, of another there.
 *
 * Rows of the first may share a key, and keep their numbers; a key that is twice in the second is told (E2152), and its first row counts. Rows
 * without a key have no partner and are told (E2153). Bad rows of the second stand at the end, and with `outer` those that nobody asked for.
 *
 * @throws RangeError when a mapping joins two columns.
 * @throws PolytaskError data E2155 when the second source has more than `maxRows` rows · usage E1404 when no row of a source has the column
 * `on`; and what the sources throw.
 */
export function joinSources(first: Source, second: Source, options: JoinOptions): IntegratedSource {
  const { on, how = 'left', conflicts = 'left', left = {}, right = {}, maxRows = 10_000_000 } = options;
  checkMapping(first.name, left);
  checkMapping(second.name, right);
  let log = integrationLog();
  let counts = { matched: 0, first: 0, second: 0 };
  return {
    name: options.name ?? `${first.name} + ${second.name}`,
    report: () => ({
      rows: { ...log.rows },
      matched: counts.matched,
      unmatched: { [first.name]: counts.first, [second.name]: counts.second },
      problems: log.problems.list(),
    }),
    async *[Symbol.asyncIterator]() {
      const now = integrationLog();
      const count = { matched: 0, first: 0, second: 0 };
      log = now;
      counts = count;
      let last = 0; // row of the first source
      const badPartners: Extract<SourceRow, { bad: unknown }>[] = [];
      const partners = new Map<string, { values: Values; line: number; used: boolean }>();
      const watched = [watchMapping(left, first.name), watchMapping(right, second.name)] as const;
      const keyed = { first: keyColumn(first.name), second: keyColumn(second.name) };
      for await (const found of second) {
        now.count(second.name);
        if ('bad' in found) {
          badPartners.push({ ...found, bad: { file: second.name, row: found.row, ...found.bad } });
          continue;
        }
        const values = mapColumns(found, right, second.name, now.problems);
        watched[1].see(found.values, values);
        keyed.second.see(values);
        const key = keyOf(values, second.name, found);
        if (key === undefined) continue;
        const earlier = partners.get(key);
        if (earlier) {
          const message = `${quote(key)} is the key of line ${earlier.line} already; that row counts.`;
          now.problems.add({ code: 'E2152', file: second.name, line: found.line, row: found.row, path: on, message });
          continue;
        }
        if (partners.size === maxRows) {
          const message = `Expected at most ${maxRows} rows in the second source of a join. Found more.`;
          throw new PolytaskError('data', {
            code: 'E2155',
            file: second.name,
            message,
            fix: 'Raise maxRows, or make the smaller source the second.',
          });
        }
        partners.set(key, { values, line: found.line, used: false });
      }
      keyed.second.require();
      watched[1].tell(now.problems);
      for await (const found of first) {
        now.count(first.name);
        last = found.row;
        if ('bad' in found) {
          yield { ...found, bad: { file: first.name, ...found.bad } };
          continue;
        }
        const values = mapColumns(found, left, first.name, now.problems);
        watched[0].see(found.values, values);
        keyed.first.see(values);
        const key = keyOf(values, first.name, found);
        const partner = key === undefined ? undefined : partners.get(key);
        if (partner) {
          count.matched++;
          partner.used = true;
          yield { row: found.row, line: found.line, values: together(values, partner.values, found, partner.line) };
        } else {
          count.first++;
          if (how !== 'inner') yield { row: found.row, line: found.line, values };
        }
      }
      keyed.first.require();
      watched[0].tell(now.problems);
      for (const found of badPartners) yield { ...found, row: ++last };
      for (const { values, line, used } of partners.values()) {
        if (used) continue;
        count.second++;
        if (how === 'outer') yield { row: ++last, line, values };
      }

      /** Refuses a source whose rows have no such column at all: it is misspelt. */
      function keyColumn(file: string) {
        const columns = new Set<string>();
        return {
          see(values: Values) {
            if (!columns.has(on)) for (const name in values) columns.add(name);
          },
          require() {
            if (columns.size === 0 || columns.has(on)) return;
            const guess = nearest(on, [...columns]);
            throw new PolytaskError('usage', {
              code: 'E1404',
              path: on,
              file,
              message: `No row has the column ${quote(on)} that the join goes by.`,
              fix: `${guess ? `Did you mean ${quote(guess)}? ` : ''}Columns found: ${[...columns].slice(0, 20).join(', ')}.`,
            });
          },
        };
      }

      function keyOf(values: Values, file: string, { row: at, line }: SourceRow): string | undefined {
        const key = values[on];
        if (key !== undefined && key !== null && key !== '') return String(key).trim();
        now.problems.add({ code: 'E2153', file, line, row: at, path: on, message: `The row has no key ${quote(on)}.` });
        return undefined;
      }

      function together(ours: Values, theirs: Values, { row: at, line }: SourceRow, partnerLine: number): Values {
        const values = emptyRow();
        for (const name in ours) values[name] = ours[name]!;
        for (const path in theirs) {
          const [own, other] = [values[path], theirs[path] as Cell];
          if (isMissing(own)) values[path] = other;
          else if (path !== on && !isMissing(other) && !sameCell(own!, other)) {
            const message = `${quote(ours[on])} has ${quote(own)} here and ${quote(other)} in ${second.name}, line ${partnerLine}.`;
            now.problems.add({ code: 'E2151', file: first.name, line, row: at, path, message });
            if (conflicts === 'right') values[path] = other;
            else if (conflicts === 'missing') values[path] = null;
          }
        }
        return values;
      }
    },
  };
}

const isMissing = (cell: Cell | undefined): boolean => cell === undefined || cell === null || cell === '';
