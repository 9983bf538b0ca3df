import { fold, hostTensor, quote } from '@polytask/base';
import { type AnyLayer, named, type Sharing, type Tensors, within } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { type ByTask, byTask, channelsOf, featuresOf, isSequence, partOf, requireStages, valuesOf } from './parts.ts';

/** Each task's column of stages, and after each stage the matrix α: [tasks, tasks], or [tasks, tasks, channels]. */
export type CrossStitchParams = {
  readonly columns: ByTask<readonly Tensors[]>;
  readonly stitches: readonly tf.Tensor[];
};

export type CrossStitchOptions = {
  /** The layers of a column, after each of which the columns are mixed. */
  readonly stages: readonly AnyLayer[];
  /** First value of αᵢᵢ, default 0.9; the others of a row are (1 − αᵢᵢ) / (K − 1). */
  readonly own?: number;
  /** An α for each channel; default false. */
  readonly perChannel?: boolean;
};

/**
 * Cross-stitch units: every task has a column of its own, and after each stage x̃ᵢ = Σⱼ αᵢⱼ·xⱼ, with α learned.
 *
 * Columns [batch, …, channels], or sequences, keep their shapes. α = I leaves separate columns. The matrices are observed as
 * `stitch.0`, `stitch.1`, …; the paper learns them at rates 10 to 1000 times that of the columns.
 *
 * @throws RangeError without stages, or unless `own` is a finite number.
 *
 * Misra, Shrivastava, Gupta & Hebert, "Cross-stitch Networks for Multi-task Learning", CVPR 2016.
 */
export function crossStitch({
  stages: given,
  own = 0.9,
  perChannel = false,
}: CrossStitchOptions): Sharing<CrossStitchParams, Tensors> {
  requireStages('crossStitch.stages', given);
  if (!Number.isFinite(own)) throw new RangeError(`crossStitch.own: expected a finite number. Found ${quote(own)}.`);
  const stages = given.map(partOf);
  return {
    init(key, inputShape, tasks) {
      const shapes = [inputShape];
      const columns = byTask(tasks, (task) =>
        stages.map((stage, at) => {
          const made = stage.init(fold(fold(key, task), at), shapes[at]!);
          shapes[at + 1] = made.outputShape;
          return made.params;
        }),
      );
      const stitches = stages.map((_, at) =>
        first(tasks.length, own, perChannel ? channelsOf(shapes[at + 1]!, 'crossStitch') : 0),
      );
      return { params: { columns, stitches }, outputShapes: byTask(tasks, () => shapes.at(-1)!) };
    },
    apply({ columns, stitches }, x, context, tasks) {
      let values = tasks.map(() => x);
      stages.forEach((stage, at) => {
        const made = tasks.map((task, column) =>
          named(`${task}.${at}`, () =>
            stage.apply(columns[task]![at]!, values[column]!, within(within(context, task), `${at}`)),
          ),
        );
        context.record.observe(`stitch.${at}`, stitches[at]!);
        values = named(`stitch.${at}`, () => mixed(stitches[at]!, made));
      });
      return Object.fromEntries(tasks.map((task, column) => [task, featuresOf(values[column]!, 'crossStitch')]));
    },
  };
}

function first(tasks: number, own: number, channels: number) {
  const other = tasks > 1 ? (1 - own) / (tasks - 1) : 0;
  const each = Array.from({ length: tasks * tasks }, (_, at) => (at % (tasks + 1) > 0 ? other : tasks === 1 ? 1 : own));
  if (channels === 0) return hostTensor('float32', [tasks, tasks], each);
  return hostTensor(
    'float32',
    [tasks, tasks, channels],
    each.flatMap((value) => Array<number>(channels).fill(value)),
  );
}

function mixed(stitch: tf.Tensor, columns: readonly Tensors[]): Tensors[] {
  const values = columns.map((column) => valuesOf(column, 'crossStitch'));
  const shape = values[0]!.shape;
  const [tasks, channels] = [values.length, shape.at(-1)!];
  const made =
    stitch.rank === 2
      ? tf.matMul(stitch, tf.reshape(tf.stack(values), [tasks, -1])) // [tasks, batch·…·channels]
      : tf.transpose(
          // per channel: [channels, tasks, tasks] · [channels, tasks, batch·…]
          tf.matMul(
            tf.transpose(stitch, [2, 0, 1]),
            tf.transpose(tf.reshape(tf.stack(values), [tasks, -1, channels]), [2, 0, 1]),
          ),
          [1, 2, 0],
        );
  return tf.unstack(made).map((row, at) => {
    const mixture = tf.reshape(row, shape);
    const column = columns[at]!;
    return isSequence(column) ? { values: mixture, lengths: column.lengths } : mixture;
  });
}
