import * as tf from '@tensorflow/tfjs-core';
import { lengthMask } from '../layers/length-mask.ts';
import { scan } from '../scan/scan.ts';

export type CtcLengths = {
  /** How many frames of each row count: [batch] int32, 0 … time. */
  readonly logitLengths: tf.Tensor;
  /** How many labels each row has: [batch] int32, 0 … labels. */
  readonly labelLengths: tf.Tensor;
};

/** log 0, finite so that differences exist. */
const floor = -1e30;

/**
 * Sums over all paths, by the forward and the backward recursion on the extended labels ε l₁ ε l₂ … ε.
 *
 * Both run in one loop: the backward recursion is the forward one with time and states reversed. States of a row's padding are never
 * part of a whole path; frames of its padding leave the sums as they are.
 *
 * @param logarithms log p, [batch, time, classes].
 * @param labels [batch, labels] with at least one column.
 * @returns log p(labels) [batch], and how probable each class is in each frame given the labels, [batch, time, classes].
 */
export function pathsOf(
  logarithms: tf.Tensor,
  labels: tf.Tensor,
  { logitLengths, labelLengths }: CtcLengths,
): { readonly logLikelihood: tf.Tensor; readonly posterior: tf.Tensor } {
  const [, time, classes] = logarithms.shape as [number, number, number];
  const states = 2 * labels.shape[1]! + 1;
  const extended = extend(labels, labelLengths);
  const choice = tf.oneHot(extended, classes); // [batch, states, classes]
  const emissions = tf.transpose(tf.matMul(logarithms, choice, false, true), [1, 0, 2]); // [time, batch, states]
  const live = tf.tile(tf.expandDims(tf.transpose(lengthMask(logitLengths, time)), 2), [1, 1, states]);

  const lastState = tf.mul(labelLengths, tf.scalar(2, 'int32'));
  const last = tf.oneHot(lastState, states);
  const start = tf.stack([tf.oneHot(tf.zerosLike(labelLengths), states), tf.reverse(last, 1)]);
  const { carry, ys } = scan(
    (before: tf.Tensor, x: { readonly emission: tf.Tensor; readonly live: tf.Tensor }, skip: tf.Tensor) => {
      const arrived = arrivals(before, skip);
      return { carry: tf.where(x.live, tf.add(arrived, x.emission), before), y: arrived };
    },
    scoreOf(start),
    { emission: bothWays(emissions, [0, 2]), live: tf.cast(bothWays(live, [0]), 'bool') },
    skipScores(extended),
  );

  // a path ends in the last label or in the blank after it
  const ends = tf.add(last, tf.oneHot(tf.sub(lastState, tf.scalar(1, 'int32')), states));
  const [forward] = tf.unstack(carry) as [tf.Tensor, tf.Tensor];
  const logLikelihood = tf.logSumExp(tf.add(forward, scoreOf(ends)), 1);
  const [before, after] = tf.unstack(ys, 1) as [tf.Tensor, tf.Tensor];
  const through = tf.add(tf.add(before, emissions), tf.reverse(after, [0, 2]));
  const given = tf.exp(tf.minimum(tf.sub(through, tf.expandDims(logLikelihood, 1)), 0));
  return { logLikelihood, posterior: tf.matMul(tf.transpose(given, [1, 0, 2]), choice) };
}

/** ε l₁ ε l₂ … ε, [batch, 2·labels + 1], blanks in the place of the padding. */
function extend(labels: tf.Tensor, labelLengths: tf.Tensor): tf.Tensor {
  const [batch, most] = labels.shape as [number, number];
  const blanks = (count: number) => tf.zeros([batch, count], 'int32');
  const own = tf.mul(labels, tf.cast(lengthMask(labelLengths, most), 'int32'));
  return tf.concat([tf.reshape(tf.stack([blanks(most), own], 2), [batch, 2 * most]), blanks(1)], 1);
}

/** log of an indicator. */
const scoreOf = (indicator: tf.Tensor): tf.Tensor => tf.mul(tf.sub(1, indicator), floor);

/** Beside each other: as it is, and reversed in `axes`. [time, …] → [time, 2, …]. */
const bothWays = (tensor: tf.Tensor, axes: number[]): tf.Tensor => tf.stack([tensor, tf.reverse(tensor, axes)], 1);

/** [2, batch, states]: 0 where a path may come from two states before, over a blank between labels that differ. */
function skipScores(extended: tf.Tensor): tf.Tensor {
  const [batch, states] = extended.shape as [number, number];
  const size = [batch, states - 2];
  const label = tf.slice(extended, [0, 2], size);
  const differs = tf.notEqual(label, tf.slice(extended, [0, 0], size));
  const isLabel = tf.notEqual(label, tf.scalar(0, 'int32'));
  const allowed = tf.cast(tf.logicalAnd(differs, isLabel), 'float32');
  const both = tf.stack([allowed, tf.reverse(allowed, 1)]);
  return scoreOf(
    tf.pad(both, [
      [0, 0],
      [0, 0],
      [2, 0],
    ]),
  );
}

/** log Σ over staying, coming from the state before and coming from the one before that: [2, batch, states]. */
function arrivals(before: tf.Tensor, skip: tf.Tensor): tf.Tensor {
  const padded = tf.pad(
    before,
    [
      [0, 0],
      [0, 0],
      [2, 0],
    ],
    floor,
  );
  const stepped = tf.slice(padded, [0, 0, 1], before.shape);
  const skipped = tf.add(tf.slice(padded, [0, 0, 0], before.shape), skip);
  const most = tf.maximum(tf.maximum(before, stepped), skipped);
  const part = (score: tf.Tensor) => tf.exp(tf.sub(score, most));
  return tf.add(most, tf.log(tf.add(tf.add(part(before), part(stepped)), part(skipped))));
}
