import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Prediction, Unpredictable } from '@polytask/run';
import { certainty, shownPrediction } from './shown-prediction.ts';

/** One prediction, and the text it is for where that could be read. */
export type Answer = { readonly text: string | null; readonly result: Prediction | Unpredictable };

export interface Writer extends AsyncDisposable {
  write(answer: Answer): Promise<void>;
}

export const isUnpredictable = (result: Prediction | Unpredictable): result is Unpredictable => 'problem' in result;

/** A line of JSON. What could not be predicted has `error` in place of `tasks`. */
export const jsonLine = ({ text, result }: Answer): object =>
  isUnpredictable(result)
    ? { id: result.id, text, error: result.problem }
    : { id: result.id, text, tasks: result.tasks };

export type FileFormat = 'jsonl' | 'csv';

/** Writes predictions to a file as they come. */
export async function fileWriter(path: string, format: FileFormat, tasks: readonly string[]): Promise<Writer> {
  const file = createWriteStream(path);
  await once(file, 'open');
  const put = async (line: string) => {
    if (!file.write(`${line}\n`)) await once(file, 'drain');
  };
  if (format === 'csv')
    await put(csvLine(['id', 'text', ...tasks.flatMap((task) => [task, `${task} probability`]), 'error']));
  return {
    write: (answer) => put(format === 'csv' ? csvLine(csvCells(answer, tasks)) : JSON.stringify(jsonLine(answer))),
    async [Symbol.asyncDispose]() {
      file.end();
      await finished(file);
    },
  };
}

/** Opens a writer with the first answer. */
export function lazyWriter(open: () => Promise<Writer>): Writer {
  let opened: Writer | undefined;
  return {
    async write(answer) {
      opened ??= await open();
      await opened.write(answer);
    },
    async [Symbol.asyncDispose]() {
      await opened?.[Symbol.asyncDispose]();
    },
  };
}

function csvCells({ text, result }: Answer, tasks: readonly string[]): string[] {
  if (isUnpredictable(result))
    return [
      result.id,
      text ?? '',
      ...tasks.flatMap(() => ['', '']),
      `${result.problem.code} ${result.problem.message}`,
    ];
  return [
    result.id,
    text ?? '',
    ...tasks.flatMap((task) => {
      const shown = shownPrediction(result.tasks[task]!);
      return [shown.answer, certainty(shown)];
    }),
    '',
  ];
}

/** RFC 4180. */
export const csvLine = (cells: readonly string[]): string =>
  cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
