import { type HostTensor, PolytaskError, type Tree } from '@polytask/base';
import { type ExportedModel, exportOnnx } from '@polytask/engine';
import type { Run } from './config/run.ts';
import type { RunConfig } from './config/schema.ts';
import { labelsInOrder } from './labels.ts';
import { openModel } from './open-model.ts';

export type RunExport = {
  /** The ONNX file. */
  readonly file: Uint8Array;
  /** The names of the inputs with their types and axes: a number, or the name of an axis of any size. */
  readonly inputs: Readonly<Record<string, { readonly dtype: string; readonly shape: readonly (number | string)[] }>>;
  /**
   * The classes of each task in the order of its outputs, which are one score for each, before the softmax; of ordinal tasks one, before a sigmoid, for
   * each but the lowest: whether that or a higher one is reached.
   */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  /** The type of the head of each task, such as `classify`, which tells what its outputs are. */
  readonly heads: Readonly<Record<string, string>>;
  /** Which labels stand below which, where the run has a hierarchy. The file does not: its scores may contradict it. */
  readonly hierarchy?: NonNullable<RunConfig['relations']>['hierarchy'];
};

/**
 * The best model of a run folder as an ONNX file that any ONNX Runtime opens: its outputs are one score per class for each task.
 *
 * The file says of itself, in its metadata as JSON: `tasks`, `labels` (the classes in the order of the scores), `encoder` (its name and all
 * that was fitted, such as the vocabulary: what turns a text into ids), `heads` (what each head was fitted to: of numbers,
 * mean and deviation, by which their output is scaled), `column`, `run`, and `hierarchy` where there is one, which is for whoever reads the scores to keep. A task that predicts a number has no labels.
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
  const hierarchy = run.config.relations?.hierarchy;
  const axes = encoder.axes ?? ['batch'];
  const inputs = encoder.collate([], { size: 1, width: 8 }, specs.encoder) as Readonly<Record<string, HostTensor>>;
  const labels = Object.fromEntries(
    Object.entries(data.labels).map(([task, counts]) => [task, labelsInOrder(specs.heads[task], Object.keys(counts))]),
  );
  const file = exportOnnx(model as ExportedModel, params, {
    inputs: inputs as Tree<HostTensor>,
    axes,
    metadata: {
      run: run.config.name,
      column,
      labels,
      heads: specs.heads,
      ...(hierarchy && { hierarchy }),
      encoder: { name: encoder.name, spec: specs.encoder },
    },
  });
  const described = Object.entries(inputs).map(([name, { dtype, shape }]) => {
    return [name, { dtype, shape: shape.map((size, axis) => axes[axis] ?? size) }];
  });
  const heads = Object.fromEntries(Object.entries(parts.heads).map(([task, { name }]) => [task, name]));
  return { file, inputs: Object.fromEntries(described), labels, heads, ...(hierarchy && { hierarchy }) };
}
