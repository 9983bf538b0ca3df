import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PolytaskError, type Problem } from '@polytask/base';
import { type Cell, splitLock, type Values, writeJsonl } from '@polytask/data';
import { makeFolder, type RunTable } from '@polytask/run';
import type { CommonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { noteLines } from '../text/note-lines.ts';
import { counted } from '../text/numbers.ts';
import { shownPath } from '../text/shown-path.ts';
import { shownProblem } from '../text/shown-problem.ts';
import { isRunFile, namesOfImages, type OpenDataOptions, openData } from './open-data.ts';
import { formatOf, type RowFormat, refuseReplacing, writeRows } from './write-rows.ts';

export type SplitFilesOptions = CommonOptions &
  Pick<OpenDataOptions, 'set' | 'data'> & { readonly out: string; readonly format?: RowFormat };

const partNames = ['train', 'validation', 'test'] as const;
const leakCodes = new Set(['E2305', 'E2320', 'E2321', 'E2322', 'E2323']);

/** Writes one file per part of a run's split, as the rows stand in the data, and the lock that brings the split back. */
export async function splitFiles(file: string, options: SplitFilesOptions, terminal: Terminal): Promise<void> {
  const { out, format, json: _json, quiet: _quiet, ...rest } = options;
  if (!isRunFile(file))
    throw new PolytaskError('usage', {
      code: 'E1033',
      file,
      message: 'A data file does not say how it is to be split.',
      fix: `Give a run file with a split; polytask init --data ${file} writes one.`,
    });
  terminal.status('Splitting');
  const { data, run } = await openData(file, { ...rest, steps: [] });
  const sources = data.sources.map((source) => source.file);
  const made = format ?? formatOf(sources[0]!);
  const files = partNames.map((part) => join(out, `${part}.${made}`));
  for (const path of files) refuseReplacing(path, sources);
  await makeFolder(out);
  const written: { part: string; file: string; rows: number }[] = [];
  for (const [at, part] of partNames.entries()) {
    if (data.parts![part].length === 0) continue;
    terminal.status(`Writing ${shownPath(files[at]!)}`);
    const rows = await writeRows(made, files[at]!, columnsOf(data), partRows(data, part));
    written.push({ part, file: files[at]!, rows });
  }
  const ordered = partNames.map((part) => data.parts![part]);
  const lock = join(out, 'split.lock.json');
  const locked = await splitLock({ parts: ordered, notes: data.splitNotes }, data.ids!, { names: [...partNames] });
  await writeFile(lock, `${JSON.stringify(locked, null, 2)}\n`);
  const quarantine = join(out, 'quarantine.jsonl');
  if (data.quarantine.length > 0) await writeJsonl(data.quarantine as unknown as Values[], quarantine);
  terminal.status();

  const rows = written.reduce((sum, one) => sum + one.rows, 0);
  const inNone = data.table.rowCount - rows;
  const leaks = data.splitNotes.filter(({ code }) => leakCodes.has(code));
  const others = data.notes.filter(({ code }) => !leakCodes.has(code));
  terminal.print(
    ...written.map((one) => `Wrote ${shownPath(one.file)} (${counted(one.rows, 'row')}).`),
    `Wrote ${shownPath(lock)}: a run with split: { by: lock, file: … } takes these parts again.`,
    ...(inNone > 0 ? [`${counted(inNone, 'row')} in no part.`] : []),
    ...(data.quarantine.length > 0
      ? [`${counted(data.quarantine.length, 'row')} could not be read: ${shownPath(quarantine)}.`]
      : []),
    'Rows are as the data has them: polytask train and polytask data clean do the steps of data.clean.',
    ...namesOfImages(run, data, out),
  );
  terminal.note(...noteLines(others, terminal));
  warn(leaks, terminal);
  if (terminal.json)
    terminal.emit({
      files: written,
      lock,
      rows,
      inNoPart: inNone,
      unreadable: data.quarantine.length,
      leaks,
      notes: others,
    });
}

/** Also with --quiet: a test part that training has seen makes all scores worthless. */
function warn(leaks: readonly Problem[], { paintNote }: Terminal): void {
  if (leaks.length === 0) return;
  const title = `WARNING: parts share what they should not (${counted(leaks.length, 'leak')}); scores on them will say too much.`;
  process.stderr.write(`${[paintNote('red', title), ...leaks.map((leak) => `  ${shownProblem(leak)}`)].join('\n')}\n`);
}

/** The columns of all files but those that the run does not take from any. */
const columnsOf = ({ table, sources }: RunTable): string[] =>
  Object.keys(table.columns).filter((name) => !sources.every(({ hidden }) => hidden.includes(name)));

/** The rows of a part in the order of the files. */
async function* partRows(
  { parts, sources, fileOf, rowOf }: RunTable,
  part: (typeof partNames)[number],
): AsyncGenerator<Values> {
  for (const [at, { open, hidden }] of sources.entries()) {
    const chosen = new Set<number>();
    for (const index of parts![part]) if (fileOf[index] === at) chosen.add(rowOf[index]!);
    if (chosen.size === 0) continue;
    for await (const found of open()) {
      if (!('values' in found) || !chosen.has(found.row)) continue;
      if (hidden.length === 0) {
        yield found.values;
        continue;
      }
      const values = Object.create(null) as Record<string, Cell>;
      for (const [name, cell] of Object.entries(found.values)) if (!hidden.includes(name)) values[name] = cell;
      yield values;
    }
  }
}
