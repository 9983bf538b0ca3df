import * as tf from '@tensorflow/tfjs-core';
import { gradients } from '../gradients.ts';
import type { Summed } from '../loss.ts';

export type Row = {
  readonly prediction: readonly number[];
  readonly target: readonly number[];
  readonly present: boolean;
};

/** A loss on rows of three predictions, as the laws know it. */
export type RowLoss = (predictions: tf.Tensor, targets: tf.Tensor, present: tf.Tensor) => Summed;

export type Result = { readonly sum: number; readonly count: number; readonly gradient: number[] };

/** Σ, count and ∂Σ/∂predictions. */
export function evaluate(loss: RowLoss, rows: readonly Row[]): Result {
  const leaf = { predictions: matrix(rows.map(({ prediction }) => prediction)) };
  const targets = matrix(rows.map(({ target }) => target));
  const present = tf.tensor1d(
    rows.map((row) => row.present),
    'bool',
  );
  const { count } = loss(leaf.predictions, targets, present);
  const found = gradients(() => loss(leaf.predictions, targets, present).sum, leaf);
  return {
    sum: found.value.dataSync()[0]!,
    count: count.dataSync()[0]!,
    gradient: [...found.gradients.predictions!.dataSync()],
  };
}

const matrix = (rows: readonly (readonly number[])[]) => tf.tensor(Float32Array.from(rows.flat()), [rows.length, 3]);

/** `sum` and `count` as numbers. */
export const both = ({ sum, count }: Summed): [number, number] => [sum.dataSync()[0]!, count.dataSync()[0]!];
