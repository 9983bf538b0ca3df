import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PolytaskError, type Problem } from '@polytask/base';
import { type Values, writeJsonl } from '@polytask/data';
import { makeFolder, type RunTable, readCleaningSteps, readRunFile } from '@polytask/run';
import { type CommonOptions, changes } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { noteLines } from '../text/note-lines.ts';
import { counted, grouped } from '../text/numbers.ts';
import { shownPath } from '../text/shown-path.ts';
import { table } from '../text/table.ts';
import { plain } from '../text/width.ts';
import { cleanedRows } from './cleaned-rows.ts';
import { isRunFile, namesOfImages, type OpenDataOptions, openData } from './open-data.ts';
import { formatOf, isTyped, outputFiles, type RowFormat, writeRows } from './write-rows.ts';

export type CleanDataOptions = CommonOptions &
  Omit<OpenDataOptions, 'steps' | 'limit' | 'task'> & {
    readonly out: string;
    readonly step?: readonly string[];
    readonly format?: RowFormat;
  };

/** Cleans the files of a run, or a data file, and writes them with a report of every change and the rows that were set aside. */
export async function cleanFiles(file: string, options: CleanDataOptions, terminal: Terminal): Promise<void> {
  const { out, step, format, json: _json, quiet: _quiet, ...rest } = options;
  const steps = step && readCleaningSteps(step);
  if (!steps && (!isRunFile(file) || (await readRunFile(file, changes(rest))).config.data.clean === undefined)) {
    const fix =
      'Name steps: data.clean in the run file, or --step cleanText --step "{ type: fillMissing, by: median }".';
    throw new PolytaskError('usage', {
      code: 'E1032',
      file,
      message: 'There is nothing to do: no step is named.',
      fix,
    });
  }
  terminal.status('Cleaning');
  const { data, run } = await openData(file, { ...rest, ...(steps && { steps }) });
  const sources = data.sources.map((source) => source.file);
  const files = outputFiles(out, sources, format);
  await makeFolder(out);
  const written: Written[] = [];
  for (const [at, path] of files.entries()) {
    terminal.status(`Writing ${shownPath(path)}`);
    const made = format ?? formatOf(sources[at]!);
    const typed = isTyped(made) && !isTyped(formatOf(sources[at]!));
    const columns = Object.keys(data.cleaned!.table.columns);
    const rows = await writeRows(made, path, columns, cleanedRows(data, at, typed));
    written.push({ file: path, from: sources[at]!, rows });
  }
  const away = setAside(data);
  const { report, spec } = data.cleaned!;
  const fitted = data.parts ? data.parts.train.length : data.table.rowCount;
  const paths = { report: join(out, 'cleaning.json'), quarantine: join(out, 'quarantine.jsonl') };
  const reading = Object.entries(data.report.columns).map(([column, read]) => ({ column, ...read }));
  const whole = {
    files: written,
    fittedTo: data.parts ? 'training rows' : 'all rows',
    fittedRows: fitted,
    ...report,
    reading,
    spec,
  };
  await writeFile(paths.report, `${JSON.stringify(whole, null, 2)}\n`);
  await writeJsonl(away as unknown as Values[], paths.quarantine);
  terminal.status();
  print(data, written, away.length, paths, terminal);
  terminal.print(...namesOfImages(run, data, out));
  if (terminal.json)
    terminal.emit({
      files: written,
      setAside: away.length,
      ...paths,
      rowsBefore: report.rowsBefore,
      rowsAfter: report.rowsAfter,
      fittedTo: whole.fittedTo,
      steps: report.steps,
    });
}

type Written = { readonly file: string; readonly from: string; readonly rows: number };

type Away = {
  readonly file: string;
  readonly row: number;
  readonly step: string;
  readonly problem: Problem;
  readonly values: unknown;
};

/** All rows that are not in the cleaned files: those that could not be read, and those that a step set aside. */
function setAside(data: RunTable): Away[] {
  const { quarantine, cleaned, sources, fileOf, rowOf, rowNumbers } = data;
  const indexOf = new Map(Array.from(rowNumbers, (number, index) => [number, index]));
  return [
    ...quarantine.map(({ file, row, problem, values }) => ({ file, row, step: 'reading', problem, values })),
    ...cleaned!.quarantine.map(({ row: number, step, problem, values }) => {
      const index = indexOf.get(number)!;
      const [file, row] = [sources[fileOf[index]!]!.file, rowOf[index]!];
      return { file, row, step, problem: { ...problem, file, row }, values };
    }),
  ];
}

function print(
  data: RunTable,
  written: readonly Written[],
  away: number,
  { report: path, quarantine }: Readonly<Record<'report' | 'quarantine', string>>,
  terminal: Terminal,
): void {
  const { steps } = data.cleaned!.report;
  const rows = steps.map(({ step, columns, droppedRows, addedColumns, droppedColumns }, at) => [
    `${at + 1}. ${step}`,
    grouped(Object.values(columns).reduce((sum, { changed }) => sum + changed, 0)),
    grouped(droppedRows.training + droppedRows.other),
    plain([...addedColumns.map((name) => `+${name}`), ...droppedColumns.map((name) => `−${name}`)].join(' ')),
  ]);
  const right = 'right' as const;
  terminal.print(
    ...written.map(({ file, rows: count }) => `Wrote ${shownPath(file)} (${counted(count, 'row')}).`),
    `Every change is in ${shownPath(path)}; ${counted(away, 'row')} set aside in ${shownPath(quarantine)}.`,
    '',
    ...table(
      [
        { title: 'step' },
        { title: 'cells', align: right },
        { title: 'rows aside', align: right },
        { title: 'columns' },
      ],
      rows,
      { head: (line) => terminal.paint('dim', line) },
    ),
    '',
    data.parts
      ? `Statistics come from the ${counted(data.parts.train.length, 'training row')} alone.`
      : 'Without a run file there is no split: statistics come from all rows, those you may test on among them.',
  );
  const notes = [...data.notes, ...steps.flatMap(({ problems }) => problems)];
  terminal.note(...(notes.length > 0 ? [''] : []), ...noteLines(notes, terminal));
}
