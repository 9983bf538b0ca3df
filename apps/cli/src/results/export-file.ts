import { writeFile } from 'node:fs/promises';
import { PolytaskError } from '@polytask/base';
import { exportEncoder, exportRun, readRunFile } from '@polytask/run';
import type { CommonOptions } from '../options.ts';
import type { Terminal } from '../terminal.ts';
import { byteSize } from '../text/numbers.ts';
import { shownPath } from '../text/shown-path.ts';
import { table } from '../text/table.ts';
import { findTrained } from './find-trained.ts';

export type ExportOptions = CommonOptions & {
  readonly out: string;
  readonly encoder?: string;
  readonly runFile?: string;
};

/** What stands for each label, where it is not one score for the example. */
const scoreOf: Readonly<Record<string, string>> = {
  multiLabel: 'one score, before a sigmoid,',
  tag: 'for each word, one score',
  detect: 'for each cell, whether there is a box, where, how large, and one score',
};

/** What the output of a head stands for. */
function outputOf(head: string | undefined, names: readonly string[]): string {
  if (names.length === 0) return 'a number; its mean and deviation are in the metadata';
  if (head === 'ordinal') return `one score, before a sigmoid, for reaching each of ${names.slice(1).join(', ')}`;
  return `${scoreOf[head!] ?? 'one score'} for each of ${names.join(', ')}`;
}

/** Writes the model of a run as an ONNX file and says what it takes and gives; or its encoder alone, as a folder. */
export async function exportFile(
  name: string,
  { out, encoder, runFile }: ExportOptions,
  terminal: Terminal,
): Promise<void> {
  const folder = await findTrained(name);
  const run = runFile === undefined ? undefined : await readRunFile(runFile);
  if (encoder !== undefined) {
    await exportEncoder(folder, { out: encoder, ...(run && { run }) });
    terminal.print(`Wrote the encoder of ${shownPath(folder)} into ${shownPath(encoder)}.`);
    if (terminal.json) terminal.emit({ folder: encoder, run: folder });
    return;
  }
  const { file, inputs, labels, heads, hierarchy } = await exportRun(folder, run ? { run } : {});
  await writeFile(out, file).catch((error: Error) => {
    throw new PolytaskError('usage', { code: 'E1025', file: out, message: `Cannot be written: ${error.message}.` });
  });
  const rows = [
    ...Object.entries(inputs).map(([input, { dtype, shape }]) => [input, 'input', `${dtype} [${shape.join(', ')}]`]),
    ...Object.entries(labels).map(([task, names]) => [
      heads[task] === 'tag' ? `${task}.logits` : task,
      'output',
      outputOf(heads[task], names),
    ]),
  ];
  terminal.print(
    `Wrote ${shownPath(out)} (${byteSize(file.length)}) from ${shownPath(folder)}.`,
    '',
    ...table([{ title: '' }, { title: '' }, { title: '' }], rows, { indent: 2 }),
    '',
    'Scores of classes are before the softmax. Label names and vocabulary are in the metadata of the file.',
    ...(hierarchy
      ? [
          `The hierarchy is not part of the model: scores of ${Object.keys(hierarchy).join(', ')} may contradict their parents.`,
        ]
      : []),
  );
  if (terminal.json)
    terminal.emit({ file: out, bytes: file.length, run: folder, inputs, labels, ...(hierarchy && { hierarchy }) });
}
