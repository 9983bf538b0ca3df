import { writeFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { PolytaskError } from '@polytask/base';
import { type DataFacts, dataFacts } from '@polytask/data';
import { dataReport } from '@polytask/report';
import type { RunTable } from '@polytask/run';
import type { CommonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { noteLines } from '../text/note-lines.ts';
import { counted, grouped } from '../text/numbers.ts';
import { shownPath } from '../text/shown-path.ts';
import { type OpenDataOptions, openData, rowName } from './open-data.ts';

export type ReportDataOptions = CommonOptions & Omit<OpenDataOptions, 'steps'> & { readonly out?: string };

/** Reads this many rows of each file unless told otherwise. */
export const defaultLimit = 200_000;

/** Writes the report on the data of a run file, or of a data file. */
export async function reportData(file: string, options: ReportDataOptions, terminal: Terminal): Promise<void> {
  const { out = 'report.html', json: _json, quiet: _quiet, limit = defaultLimit, ...rest } = options;
  terminal.status('Reading');
  const { data } = await openData(file, { ...rest, limit });
  for (const source of [file, ...data.sources.map((one) => one.file)])
    if (resolve(source) === resolve(out))
      throw new PolytaskError('usage', {
        code: 'E1024',
        file: out,
        message: 'The output would replace the data.',
        fix: 'Give --out another name.',
      });
  terminal.status('Counting');
  const facts = factsOf(data);
  terminal.status();
  await writeFile(out, dataReport(facts));
  terminal.print(`Wrote ${shownPath(out)}.`, '', ...summary(facts));
  terminal.note(...(facts.notes.length > 0 ? [''] : []), ...noteLines(facts.notes, terminal));
  if (terminal.json) terminal.emit({ file: out, facts });
}

/** The facts of a table and what cleaning made of it. */
export function factsOf(data: RunTable): DataFacts {
  const { name, table, report, parts, tasks, labels, texts, inputs, files, id, aliases = [] } = data;
  const { cleaned, notes, limit, key } = data;
  const nameOf = (row: number) => rowName(data, row, (file) => basename(file));
  const indexOf = new Map(Array.from(data.rowNumbers, (number, index) => [number, index]));
  return dataFacts({
    name,
    table,
    report,
    tasks: taskColumns(data),
    ...(parts && { parts: partsWithRows(parts) }),
    ...(texts && { texts }),
    ...(labels && { labels }),
    ...(inputs && { inputs }),
    ...(files && { files }),
    ids: [id, ...aliases].flatMap((column) =>
      column !== undefined && Object.hasOwn(table.columns, column) ? [column] : [],
    ),
    ...(cleaned && { cleaned }),
    sources: data.sources.map(({ file, rows }) => ({ file: basename(file), rows })),
    nameOf,
    quarantine: [
      ...data.quarantine.map(({ file, row, problem }) => ({
        row: data.sources.length > 1 ? `${basename(file)} row ${row}` : `row ${row}`,
        problem: withoutFolder(problem),
      })),
      ...(cleaned?.quarantine ?? []).map(({ row, problem, step }) => ({
        row: nameOf(indexOf.get(row)!),
        problem,
        step,
      })),
    ],
    notes: notes.map(withoutFolder),
    ...(limit !== undefined && { limit }),
    key,
  });

  function taskColumns({ tasks: all }: RunTable) {
    for (const column of Object.values(all)) {
      if (Object.hasOwn(table.columns, column)) continue;
      const fix = `Columns found: ${Object.keys(table.columns).slice(0, 20).join(', ')}.`;
      throw new PolytaskError('usage', {
        code: 'E1404',
        path: '--task',
        message: `There is no column "${column}".`,
        fix,
      });
    }
    return tasks;
  }
}

/** A page that is passed on says the names of files, not where they lie. */
const withoutFolder = <P extends { readonly file?: string }>(problem: P): P =>
  problem.file === undefined ? problem : { ...problem, file: basename(problem.file) };

const partsWithRows = (parts: NonNullable<RunTable['parts']>): Readonly<Record<string, Uint32Array>> =>
  Object.fromEntries(Object.entries(parts).filter(([part, rows]) => part === 'train' || rows.length > 0));

function summary(facts: DataFacts): string[] {
  const { rows, columns, parts, limit, repeated, groups, giveAways, quarantine } = facts;
  const crossing =
    repeated.filter(({ leaks }) => leaks.length > 0).length + groups.filter(({ leaks }) => leaks.length > 0).length;
  const telling = giveAways.reduce((sum, one) => sum + one.words.length + one.columns.length, 0);
  return [
    `${counted(rows, 'row')} (${parts.map(({ part, rows: size }) => `${grouped(size)} ${part}`).join(', ')}), ${counted(columns.length, 'column')}${quarantine.rows > 0 ? `; ${counted(quarantine.rows, 'row')} set aside` : ''}`,
    ...(limit === undefined ? [] : [`only the first ${counted(limit, 'row')} of each file: --limit reads more`]),
    `${counted(crossing, 'kind')} of leaks between parts; ${counted(telling, 'word or column', 'words or columns')} that give labels away`,
  ];
}
