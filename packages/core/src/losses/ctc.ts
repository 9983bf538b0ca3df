import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { lengthMask, lengthMaskBool } from '../layers/length-mask.ts';
import type { Summed } from '../loss.ts';
import { type CtcLengths, pathsOf } from './ctc-paths.ts';
import { presence } from './presence.ts';

export type CtcOptions = {
  /** [batch], bool or number: which rows have a transcription. */
  readonly present?: tf.Tensor | undefined;
};

export type CtcLoss = Summed & {
  /** −log p(labels) of each row, [batch]; 0 where a row does not count. */
  readonly losses: tf.Tensor;
  /** Which rows have a path at all, [batch] bool. Report the others: they count neither in `sum` nor in `count`. */
  readonly feasible: tf.Tensor;
};

/**
 * Connectionist temporal classification: −log Σ p(path) over the paths of frames that become the labels when repeats are merged and blanks dropped.
 *
 * The recursion runs forward and backward in one loop, in logarithms with a finite floor: nothing is infinite or NaN. The gradient with respect to
 * the logits is softmax − posterior, 0 in the padding. `count` is Σ label length, so that `sum / count` is a loss per label. A row that has fewer
 * frames than labels plus equal neighbours, or a label outside 1 … classes − 1, is not feasible and counts nowhere.
 *
 * @param logits [batch, time, classes], finite also in the padding; class 0 is the blank.
 * @param labels [batch, labels] int32; what stands behind a row's length is ignored.
 * @throws RangeError when shapes do not fit.
 *
 * Graves et al., "Connectionist temporal classification", ICML 2006.
 */
export function ctc(
  logits: tf.Tensor,
  labels: tf.Tensor,
  { logitLengths, labelLengths }: CtcLengths,
  { present }: CtcOptions = {},
): CtcLoss {
  const [batch, time, classes] = logits.shape as [number, number, number];
  const fits = logits.shape.length === 3 && classes > 1 && labels.shape.length === 2 && labels.shape[0] === batch;
  if (!fits || `${logitLengths.shape}` !== `${batch}` || `${labelLengths.shape}` !== `${batch}`) {
    throw new RangeError(
      `ctc: expected logits [batch, time, classes ≥ 2], labels [batch, labels] and two lengths [batch]. Found ${[logits, labels, logitLengths, labelLengths].map(({ shape }) => quote(shape)).join(', ')}.`,
    );
  }
  const columns = labels.shape[1] === 0 ? tf.zeros([batch, 1], 'int32') : labels;
  const feasible = feasibleRows(columns, { logitLengths, labelLengths }, classes);
  const counts = tf.cast(tf.logicalAnd(feasible, presence(present, [batch])), 'float32');

  const operation = tf.customGrad((given, save) => {
    const logarithms = tf.logSoftmax(given as tf.Tensor);
    const { logLikelihood, posterior } = pathsOf(logarithms, columns, { logitLengths, labelLengths });
    const frames = tf.mul(tf.expandDims(lengthMask(logitLengths, time), 2), tf.reshape(counts, [batch, 1, 1]));
    (save as tf.GradSaveFunc)([tf.mul(tf.sub(tf.exp(logarithms), posterior), frames)]);
    return {
      value: tf.mul(tf.neg(logLikelihood), counts),
      gradFunc: (upstream: tf.Tensor, [gradient]: tf.Tensor[]) =>
        tf.mul(tf.reshape(upstream, [batch, 1, 1]), gradient!),
    };
  });
  const losses = operation(logits);
  return {
    sum: tf.sum(losses),
    count: tf.sum(tf.mul(tf.cast(labelLengths, 'float32'), counts)),
    losses,
    feasible,
  };
}

/** frames ≥ labels + equal neighbours, and every label one of the classes. */
function feasibleRows(labels: tf.Tensor, { logitLengths, labelLengths }: CtcLengths, classes: number): tf.Tensor {
  const [batch, most] = labels.shape as [number, number];
  const counted = lengthMaskBool(labelLengths, most);
  const isClass = tf.logicalAnd(
    tf.greater(labels, tf.scalar(0, 'int32')),
    tf.less(labels, tf.scalar(classes, 'int32')),
  );
  const valid = tf.all(tf.logicalOr(tf.logicalNot(counted), isClass), 1);
  const repeats = tf.logicalAnd(
    tf.equal(tf.slice(labels, [0, 1], [batch, most - 1]), tf.slice(labels, [0, 0], [batch, most - 1])),
    tf.slice(counted, [0, 1], [batch, most - 1]),
  );
  const needed = tf.add(labelLengths, tf.sum(tf.cast(repeats, 'int32'), 1));
  return tf.logicalAnd(valid, tf.greaterEqual(logitLengths, needed));
}

/**
 * Whether some path of `frames` frames becomes these labels: frames ≥ labels + equal neighbours. Frames are counted after the model's
 * subsampling.
 */
export function ctcFeasible(labels: ArrayLike<number>, frames: number): boolean {
  const repeats = Array.from(labels).filter((label, index, all) => index > 0 && label === all[index - 1]).length;
  return frames >= labels.length + repeats;
}
