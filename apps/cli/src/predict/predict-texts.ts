import { dirname, resolve } from 'node:path';
import { isHostTensor, PolytaskError, type Problem } from '@polytask/base';
import type { Rows, SourceRow } from '@polytask/data';
import { type OpenRun, openRun, type PredictedInput, readRunFile } from '@polytask/run';
import type { CommonOptions } from '../options.ts';
import { findTrained } from '../results/find-trained.ts';
import type { Terminal } from '../terminal.ts';
import { counted, percent } from '../text/numbers.ts';
import { shownProblem } from '../text/shown-problem.ts';
import { table } from '../text/table.ts';
import { cut, plain } from '../text/width.ts';
import { isFolder, mediaFrom } from './media-from.ts';
import { shownPrediction } from './shown-prediction.ts';
import { type Format, outputFormat, textsFrom } from './texts-from.ts';
import { type ExplainedRow, writeExplanation } from './write-explanation.ts';
import {
  type Answer,
  type Form,
  fileWriter,
  formOf,
  isUnpredictable,
  jsonLine,
  lazyWriter,
  type Writer,
} from './writers.ts';

export type PredictOptions = CommonOptions & {
  readonly data?: string;
  readonly format?: Format;
  readonly out?: string;
  readonly explain?: string;
  readonly device?: string;
  readonly runFile?: string;
};

/** A table needs all its rows to know its widths: more than this are shown in several tables. */
const rowsPerTable = 200;
/** Where none of so many first rows can be read, the others cannot be either. */
const heldAtMost = 1000;
/** Lists of labels, spans and boxes are cut to so many characters in tables of many rows. */
const listColumns = 60;
/** Every input is predicted once for each of its parts: a page of more takes long to make, and to read. */
const explainedAtMost = 20;

/** Predicts row by row: to a file, as lines of JSON, or as tables for people. */
export async function predictTexts(
  name: string,
  texts: readonly string[],
  options: PredictOptions,
  terminal: Terminal,
): Promise<void> {
  const { data, format, out, explain } = options;
  const folder = await findTrained(name);
  const outFormat = out === undefined ? undefined : outputFormat(out);
  for (const [option, file] of Object.entries({ out, explain })) {
    if (file !== undefined && data !== undefined && resolve(file) === resolve(data))
      throw new PolytaskError('usage', {
        code: 'E1024',
        file,
        message: 'The output would replace the data.',
        fix: `Give --${option} another name.`,
      });
  }
  const run = options.runFile === undefined ? undefined : await readRunFile(options.runFile);
  await using model = await openRun(folder, {
    ...(options.device !== undefined && { device: options.device }),
    ...(run && { run }),
  });
  const form = formOf(model.config);
  const seen: Seen[] = [];
  const { type } = Object.values(model.config.inputs)[0]!;
  const isMedia = type === 'image' || type === 'speech';
  const paths = texts.length > 0 ? texts : data !== undefined && (await isFolder(data)) ? [data] : [];
  const given =
    isMedia && paths.length > 0
      ? mediaFrom(paths, type, model.column)
      : textsFrom({ texts, data, format, column: model.column, open: model.openRows });
  const rows = remembered(given, model, seen);
  const explained: ExplainedRow[] = [];
  const problems: Problem[] = [];
  let count = 0;
  // Nothing is written before something could be predicted: a wrong file must not replace earlier answers.
  const held: Answer[] = [];
  {
    const open = async () =>
      out !== undefined
        ? fileWriter(out, outFormat!, form)
        : terminal.json
          ? jsonWriter(terminal, form)
          : tableWriter(terminal, form, texts.length > 0 ? Number.POSITIVE_INFINITY : listColumns);
    await using output = lazyWriter(open);
    for await (const result of model.predictRows(rows)) {
      count++;
      const { text, input } = seen.shift()!;
      held.push({ text, result });
      if (explain !== undefined && explained.length < explainedAtMost && !isUnpredictable(result))
        explained.push({ id: isMedia && text !== null ? text : result.id, input: input! });
      if (isUnpredictable(result)) problems.push(result.problem);
      if (problems.length === count && count < heldAtMost) continue;
      if (problems.length === count) break;
      for (const answer of held.splice(0)) await output.write(answer);
      if (out !== undefined) terminal.status(counted(count, 'row'));
    }
  }
  terminal.status();
  const bad = problems.length;
  if (count > 0 && bad === count) {
    const isColumn = problems.every(({ code }) => code === 'E1404');
    throw new PolytaskError(isColumn ? 'usage' : 'data', isColumn ? problems[0]! : merged(problems));
  }
  if (count === 0)
    throw new PolytaskError('data', { code: 'E2209', file: data ?? 'stdin', message: 'There are no rows to predict.' });
  if (out !== undefined) terminal.print(`Wrote ${counted(count - bad, 'prediction')} to ${out}.`);
  if (out !== undefined && terminal.json) terminal.emit({ file: out, rows: count, predicted: count - bad });
  if (explain !== undefined) {
    const isFile = data !== undefined && data !== '-' && paths.length === 0;
    const folder = isFile ? dirname(resolve(data)) : process.cwd();
    await writeExplanation(model, explained, { file: explain, folder, terminal });
  }
  if (bad > 0)
    process.stderr.write(
      `${[`${counted(bad, 'row')} of ${count} could not be read:`, ...merged(problems).map(shownProblem)].join('\n')}\n`,
    );
}

/** Equal problems once, with their number and the place of the first. */
function merged(problems: readonly Problem[]): Problem[] {
  const found = new Map<string, Problem>();
  for (const problem of problems) {
    const kind = `${problem.code} ${problem.path ?? ''}`;
    const { count = 0, ...first } = found.get(kind) ?? problem;
    found.set(kind, { ...first, count: count + 1 });
  }
  return [...found.values()];
}

/** The text of a row to show, and what was predicted from it; null where it has none. */
type Seen = { readonly text: string | null; readonly input: PredictedInput | null };

/** Hands rows on and keeps what is in them, in order, for those who read the predictions. */
function remembered(rows: Rows, { column, config }: OpenRun, seen: Seen[]): Rows {
  const [input] = Object.values(config.inputs);
  async function* pass(): AsyncGenerator<SourceRow> {
    for await (const row of rows) {
      const values = 'values' in row ? row.values : {};
      const value = values[column];
      const text = value === undefined || value === null || typeof value === 'object' ? null : String(value);
      const cells =
        input?.type === 'table' ? Object.fromEntries(input.columns.map((name) => [name, values[name]])) : undefined;
      const tensor = isHostTensor(value) ? value : undefined;
      seen.push({ text, input: (cells as PredictedInput | undefined) ?? tensor ?? text });
      yield row;
    }
  }
  return Object.assign(pass(), rows.name === undefined ? {} : { name: rows.name });
}

const jsonWriter = (terminal: Terminal, form: Form): Writer => ({
  async write(answer) {
    terminal.emit(jsonLine(answer, form));
  },
  async [Symbol.asyncDispose]() {},
});

function tableWriter(terminal: Terminal, form: Form, most: number): Writer {
  const tasks = Object.keys(form.tasks);
  const textColumns = Math.max(20, Math.min(terminal.columns, 100) - tasks.length * 22 - 2);
  let waiting: string[][] = [];
  let isFirst = true;
  const flush = () => {
    const titles = tasks.map((task) => ({ title: isFirst ? task : '' }));
    const columns = [...titles, { title: isFirst ? (form.input ?? 'row') : '' }];
    if (waiting.length > 0) terminal.print(...table(columns, waiting, { head: (line) => terminal.paint('dim', line) }));
    waiting = [];
    isFirst = false;
  };
  return {
    async write(answer) {
      waiting.push(cells(form.input ? answer : { ...answer, text: answer.result.id }, tasks, { most, textColumns }));
      if (waiting.length >= rowsPerTable) flush();
    },
    async [Symbol.asyncDispose]() {
      flush();
    },
  };
}

function cells(
  { text, result }: Answer,
  tasks: readonly string[],
  { most, textColumns }: { readonly most: number; readonly textColumns: number },
): string[] {
  const shown = cut(plain(text ?? ''), textColumns);
  if (isUnpredictable(result)) return [result.problem.code, ...tasks.slice(1).map(() => ''), shown || `(${result.id})`];
  return [
    ...tasks.map((task) => {
      const prediction = result.tasks[task]!;
      const { answer, probability, deviation } = shownPrediction(prediction);
      if ('labels' in prediction || 'spans' in prediction || 'boxes' in prediction)
        return cut(plain(answer), most) || '–';
      // below a parent that has no such level, there is no label
      if (probability !== undefined) return `${plain(answer) || '–'} ${percent(probability)}`;
      return deviation === undefined ? plain(answer) : `${plain(answer)} ± ${Number(deviation.toPrecision(3))}`;
    }),
    shown || `(${result.id})`,
  ];
}
