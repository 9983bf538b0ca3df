import { type HostTensor, PolytaskError, type Tree } from '@polytask/base';
import { fitLabels } from '@polytask/data';
import { type ExportedModel, exportOnnx } from '@polytask/engine';
import type { Run } from './config/run.ts';
import { openModel } from './open-model.ts';

export type RunExport = {
  /** The ONNX file. */
  readonly file: Uint8Array;
  /** The names of the inputs with their types and axes: a number, or the name of an axis of any size. */
  readonly inputs: Readonly<Record<string, { readonly dtype: string; readonly shape: readonly (number | string)[] }>>;
  /** The classes of each task: the outputs have one score for each, before the softmax. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** The type of the head of each task, such as `classify`, which tells what its outputs are. */
  readonly heads: Readonly<Record<string, string>>;
};

/**
 * The best model of a run folder as an ONNX file that any ONNX Runtime opens: its outputs are one score per class for each task.
 *
 * The file says of itself, in its metadata as JSON: `tasks`, `labels` (the classes in the order of the scores), `encoder` (its name and all
 * that was fitted, such as the vocabulary: what turns a text into ids), `heads` (what each head was fitted to: of numbers,
 * mean and deviation, by which their output is scaled), `column`, `run`. A task that predicts a number has no labels.
 * Tags have the outputs `<task>.logits` and `<task>.lengths`, and inputs `starts` and `words` beside the ids; boxes one output
 * [batch, rows, columns, 5 + labels]: see `detect` of `@polytask/heads`.
 *
 * @param run the run file read again: needed when it passed objects.
 * @throws PolytaskError usage E6001 not a run folder · E6008 no weights yet · E1216 a run on speech · E3020 when the encoder's `axes` cannot have any size.
 */
export async function exportRun(folder: string, { run: given }: { readonly run?: Run } = {}): Promise<RunExport> {
  const { run, specs, data, parts, model, params } = await openModel(folder, given);
  const { encoder, column } = parts;
  if (parts.type === 'speech')
    throw new PolytaskError('usage', {
      code: 'E1216',
      file: folder,
      message: 'Runs on speech cannot be exported: their programs are made for one length at a time.',
    });
  const axes = encoder.axes ?? ['batch'];
  const inputs = encoder.collate([], { size: 1, width: 8 }, specs.encoder) as Readonly<Record<string, HostTensor>>;
  const labels = Object.fromEntries(
    Object.entries(data.labels).map(([task, counts]) => [task, fitLabels(Object.keys(counts)).labels]),
  );
  const file = exportOnnx(model as ExportedModel, params, {
    inputs: inputs as Tree<HostTensor>,
    axes,
    metadata: {
      run: run.config.name,
      column,
      labels,
      heads: specs.heads,
      encoder: { name: encoder.name, spec: specs.encoder },
    },
  });
  const described = Object.entries(inputs).map(([name, { dtype, shape }]) => {
    return [name, { dtype, shape: shape.map((size, axis) => axes[axis] ?? size) }];
  });
  const heads = Object.fromEntries(Object.entries(parts.heads).map(([task, { name }]) => [task, name]));
  return { file, inputs: Object.fromEntries(described), labels, heads };
}
