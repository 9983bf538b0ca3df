import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { Prediction, RunConfig, Unpredictable } from '@polytask/run';
import { certainty, shownPrediction } from './shown-prediction.ts';

/** One prediction, and the text it is for where that could be read. */
export type Answer = { readonly text: string | null; readonly result: Prediction | Unpredictable };

export interface Writer extends AsyncDisposable {
  write(answer: Answer): Promise<void>;
}

export const isUnpredictable = (result: Prediction | Unpredictable): result is Unpredictable => 'problem' in result;

/** How answers are written: what inputs are called, unless they are rows, of which the id is enough; and what each task says beside its answer. */
export type Form = {
  readonly input: 'text' | 'file' | undefined;
  readonly tasks: Readonly<Record<string, 'probability' | 'deviation' | undefined>>;
};

/** The form of the answers of a run. */
export const formOf = ({ inputs, tasks }: Pick<RunConfig, 'inputs' | 'tasks'>): Form => {
  const { type } = Object.values(inputs)[0]!;
  return {
    input: type === 'text' ? 'text' : type === 'table' ? undefined : 'file',
    tasks: Object.fromEntries(Object.entries(tasks).map(([name, task]) => [name, besideAnswer(task)])),
  };
};

/** Sets, spans, boxes and transcripts have no one probability, and numbers a deviation where it is learned. */
function besideAnswer(task: RunConfig['tasks'][string]): 'probability' | 'deviation' | undefined {
  if (task.type === 'regress') return task.loss === 'gaussian' ? 'deviation' : undefined;
  return task.type === 'classify' || task.type === 'ordinal' || task.type === 'custom' ? 'probability' : undefined;
}

/** A line of JSON. What could not be predicted has `error` in place of `tasks`. */
export const jsonLine = ({ text, result }: Answer, { input }: Form): object => {
  const named = { id: result.id, ...(input && { [input]: text }) };
  return isUnpredictable(result) ? { ...named, error: result.problem } : { ...named, tasks: result.tasks };
};

export type FileFormat = 'jsonl' | 'csv';

/** Writes predictions to a file as they come. */
export async function fileWriter(path: string, format: FileFormat, form: Form): Promise<Writer> {
  const file = createWriteStream(path);
  await once(file, 'open');
  const put = async (line: string) => {
    if (!file.write(`${line}\n`)) await once(file, 'drain');
  };
  if (format === 'csv')
    await put(
      csvLine([
        'id',
        ...(form.input ? [form.input] : []),
        ...Object.entries(form.tasks).flatMap(([task, beside]) => [task, ...(beside ? [`${task} ${beside}`] : [])]),
        'error',
      ]),
    );
  return {
    write: (answer) => put(format === 'csv' ? csvLine(csvCells(answer, form)) : JSON.stringify(jsonLine(answer, form))),
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

function csvCells({ text, result }: Answer, { input, tasks }: Form): string[] {
  const named = [result.id, ...(input ? [text ?? ''] : [])];
  const each = Object.entries(tasks);
  if (isUnpredictable(result))
    return [
      ...named,
      ...each.flatMap(([, beside]) => (beside ? ['', ''] : [''])),
      `${result.problem.code} ${result.problem.message}`,
    ];
  return [
    ...named,
    ...each.flatMap(([task, beside]) => {
      const shown = shownPrediction(result.tasks[task]!);
      return [shown.answer, ...(beside ? [certainty(shown)] : [])];
    }),
    '',
  ];
}

/** RFC 4180. */
export const csvLine = (cells: readonly string[]): string =>
  cells.map((cell) => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(',');
