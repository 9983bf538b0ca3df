import { resolve } from 'node:path';
import { PolytaskError, type Problem } from '@polytask/base';
import type { Rows, SourceRow } from '@polytask/data';
import { findRun, openRun, readRunFile } from '@polytask/run';
import type { CommonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { counted, percent } from '../text/numbers.ts';
import { shownProblem } from '../text/shown-problem.ts';
import { table } from '../text/table.ts';
import { cut, plain } from '../text/width.ts';
import { type Format, outputFormat, textsFrom } from './texts-from.ts';
import { type Answer, fileWriter, isUnpredictable, jsonLine, type Writer } from './writers.ts';

export type PredictOptions = CommonOptions & {
  readonly data?: string;
  readonly format?: Format;
  readonly out?: string;
  readonly device?: string;
  readonly runFile?: string;
};

/** A table needs all its rows to know its widths: more than this are shown in several tables. */
const rowsPerTable = 200;
const problemsShown = 5;

/** Predicts row by row: to a file, as lines of JSON, or as tables for people. */
export async function predictTexts(
  name: string,
  texts: readonly string[],
  options: PredictOptions,
  terminal: Terminal,
): Promise<void> {
  const { data, format, out } = options;
  const folder = await findRun(name);
  const outFormat = out === undefined ? undefined : outputFormat(out);
  if (out !== undefined && data !== undefined && resolve(out) === resolve(data)) {
    throw new PolytaskError('usage', {
      code: 'E1024',
      file: out,
      message: 'The output would replace the data.',
      fix: 'Give --out another name.',
    });
  }
  const run = options.runFile === undefined ? undefined : await readRunFile(options.runFile);
  await using model = await openRun(folder, {
    ...(options.device !== undefined && { device: options.device }),
    ...(run && { run }),
  });
  const tasks = Object.keys(model.labels);
  const seen: (string | null)[] = [];
  const rows = remembered(textsFrom({ texts, data, format, column: model.column }), model.column, seen);
  const problems: Problem[] = [];
  let count = 0;
  {
    await using writer =
      out !== undefined
        ? await fileWriter(out, outFormat!, tasks)
        : terminal.json
          ? jsonWriter(terminal)
          : tableWriter(terminal, tasks);
    for await (const result of model.predictRows(rows)) {
      count++;
      if (isUnpredictable(result)) problems.push(result.problem);
      await writer.write({ text: seen.shift() ?? null, result });
      if (out !== undefined) terminal.status(counted(count, 'row'));
    }
  }
  terminal.status();
  const bad = problems.length;
  if (count > 0 && bad === count) throw new PolytaskError('data', problems.slice(0, 100));
  if (count === 0)
    throw new PolytaskError('data', { code: 'E2209', file: data ?? 'stdin', message: 'There are no rows to predict.' });
  if (out !== undefined) terminal.print(`Wrote ${counted(count - bad, 'prediction')} to ${out}.`);
  if (out !== undefined && terminal.json) terminal.emit({ file: out, rows: count, predicted: count - bad });
  if (bad > 0) {
    const left = bad - problemsShown;
    const lines = problems.slice(0, problemsShown).map(shownProblem);
    process.stderr.write(
      `${[`${counted(bad, 'row')} of ${count} could not be read:`, ...lines, ...(left > 0 ? [`… and ${left} more`] : [])].join('\n')}\n`,
    );
  }
}

/** Hands rows on and keeps their texts, in order, for those who read the predictions. */
function remembered(rows: Rows, column: string, seen: (string | null)[]): Rows {
  async function* pass(): AsyncGenerator<SourceRow> {
    for await (const row of rows) {
      const value = 'values' in row ? row.values[column] : undefined;
      seen.push(value === undefined || value === null || typeof value === 'object' ? null : String(value));
      yield row;
    }
  }
  return Object.assign(pass(), rows.name === undefined ? {} : { name: rows.name });
}

const jsonWriter = (terminal: Terminal): Writer => ({
  async write(answer) {
    terminal.emit(jsonLine(answer));
  },
  async [Symbol.asyncDispose]() {},
});

function tableWriter(terminal: Terminal, tasks: readonly string[]): Writer {
  const textColumns = Math.max(20, Math.min(terminal.columns, 100) - tasks.length * 22 - 2);
  let waiting: string[][] = [];
  let isFirst = true;
  const flush = () => {
    const titles = tasks.map((task) => ({ title: isFirst ? task : '' }));
    const columns = [...titles, { title: isFirst ? 'text' : '' }];
    if (waiting.length > 0) terminal.print(...table(columns, waiting, { head: (line) => terminal.paint('dim', line) }));
    waiting = [];
    isFirst = false;
  };
  return {
    async write(answer) {
      waiting.push(cells(answer, tasks, textColumns));
      if (waiting.length >= rowsPerTable) flush();
    },
    async [Symbol.asyncDispose]() {
      flush();
    },
  };
}

function cells({ text, result }: Answer, tasks: readonly string[], textColumns: number): string[] {
  const shown = cut(plain(text ?? ''), textColumns);
  if (isUnpredictable(result)) return [result.problem.code, ...tasks.slice(1).map(() => ''), shown || `(${result.id})`];
  return [
    ...tasks.map((task) => `${plain(result.tasks[task]!.label)} ${percent(result.tasks[task]!.probability)}`),
    shown,
  ];
}
