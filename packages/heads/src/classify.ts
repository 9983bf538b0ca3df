import { type HostTensor, hostTensor, PolytaskError, quote } from '@polytask/base';
import {
  dense,
  dropout as dropoutLayer,
  type Sequence,
  type Summed,
  softmaxCrossEntropy,
  softTargetCrossEntropy,
} from '@polytask/core';
import { fitLabels, labelVocabulary, softLabel } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import { type ClassWeights, checkClassWeights, classWeightsFor } from './class-weights.ts';
import type { Head } from './head.ts';
import { type LogitsParams, logitsLayer } from './logits-layer.ts';

export type ClassifyOptions = {
  /** ε of the smoothed target, 0 ≤ ε < 1. Default: 0. */
  readonly labelSmoothing?: number;
  /** How much each class counts in the loss. Default: all 1. */
  readonly classWeights?: ClassWeights | null;
  /** Units of dense layers with relu between the representation and the logits. Default: none. */
  readonly hidden?: readonly number[];
  /** The rate at which the input of every dense layer is dropped while training, 0 ≤ rate < 1. Default: 0. */
  readonly dropout?: number;
  /** How a sequence becomes one vector, where the representation is one: `attentive` mean and deviation (default), or its `mean`. */
  readonly pooling?: 'attentive' | 'mean';
};

/** JSON: the classes in the order of the logits, and what the layer and the loss need. */
export type ClassifySpec = {
  readonly labels: readonly string[];
  /** One per label; null for all 1. */
  readonly classWeights: readonly number[] | null;
  readonly labelSmoothing: number;
  readonly hidden: readonly number[];
  readonly dropout: number;
  /** Attentive when left out. */
  readonly pooling?: 'attentive' | 'mean';
};

export type ClassifyParams = LogitsParams;

/**
 * `classes` [batch] int32, −1 where there is no label. Of mixed examples also `shares` [batch, classes] float32, which count instead: how much
 * of each class is in the row, and all 0 where there is no label.
 */
export type ClassifyTarget = { readonly classes: tf.Tensor; readonly shares?: tf.Tensor };

export type Classification = {
  readonly label: string;
  /** That of the label. */
  readonly probability: number;
  /** By label; they add up to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
};

/**
 * Classes that exclude each other: z = W·x + b, p = softmax(z), trained with cross-entropy; labels are strings from end to end.
 *
 * The classes are the distinct training labels in the order of `fitLabels`. A label that is missing, or that training did not have, is
 * absent: the class −1, without loss. The count is Σ w_y over the present labels, as that of `softmaxCrossEntropy`.
 *
 * @throws RangeError when an option is out of range.
 * @throws PolytaskError E2301 from `fit` when the labels are fewer than two; E1230 when `classWeights` names a label that is not there.
 */
export function classify({
  labelSmoothing = 0,
  classWeights = null,
  hidden = [],
  dropout = 0,
  pooling,
}: ClassifyOptions = {}): Head<
  string,
  ClassifySpec,
  ClassifyParams,
  ClassifyTarget,
  Classification,
  tf.Tensor,
  tf.Tensor | Sequence
> {
  if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
    throw new RangeError(`labelSmoothing: expected 0 ≤ ε < 1. Found ${quote(labelSmoothing)}.`);
  }
  checkClassWeights(classWeights);
  if (pooling !== undefined && pooling !== 'attentive' && pooling !== 'mean')
    throw new RangeError(`pooling: expected "attentive" or "mean". Found ${quote(pooling)}.`);
  dropoutLayer({ rate: dropout });
  for (const units of hidden) dense({ units });
  return {
    fit(labels) {
      const spec = fitLabels(labels);
      requireTwo(spec.labels);
      return {
        labels: spec.labels,
        classWeights: classWeightsFor(classWeights, spec.labels, labels),
        labelSmoothing,
        hidden,
        dropout,
        ...(pooling && { pooling }),
      };
    },
    target(labels, spec) {
      const { encode } = labelVocabulary(spec);
      const classes = Int32Array.from(labels, encode);
      const count = classes.reduce((sum, at) => sum + (at < 0 ? 0 : (spec.classWeights?.[at] ?? 1)), 0);
      return { tensors: { classes: hostTensor('int32', [classes.length], classes) }, count };
    },
    mixedTarget(labels, spec) {
      const { encode } = labelVocabulary(spec);
      const size = spec.labels.length;
      const shares = new Float32Array(labels.length * size);
      for (const [row, [first, second, share]] of labels.entries()) {
        const own = softLabel(encode(first), encode(second), share, size);
        if (own) shares.set(own, row * size);
      }
      const count = shares.reduce((sum, share, at) => sum + share * (spec.classWeights?.[at % size] ?? 1), 0);
      const classes = Int32Array.from(labels, ([first]) => encode(first));
      return {
        tensors: {
          classes: hostTensor('int32', [classes.length], classes),
          shares: hostTensor('float32', [classes.length, size], shares),
        },
        count,
      };
    },
    task: (spec) => ({
      layer: logitsLayer({ ...spec, units: spec.labels.length }),
      loss: (logits, { classes, shares }) =>
        shares
          ? mixedCrossEntropy(logits, shares, spec)
          : softmaxCrossEntropy(logits, classes, {
              labelSmoothing: spec.labelSmoothing,
              classWeights: spec.classWeights ?? undefined,
            }),
    }),
    decode,
  };
}

/** −Σ_c w_c·((1 − ε)·p_c + ε/C)·log softmax(z)_c: what `softmaxCrossEntropy` is for whole labels. */
function mixedCrossEntropy(
  logits: tf.Tensor,
  shares: tf.Tensor,
  { classWeights, labelSmoothing }: ClassifySpec,
): Summed {
  const classes = shares.shape[1]!;
  const weighted = (values: tf.Tensor) =>
    classWeights ? tf.mul(values, tf.tensor([...classWeights], [1, classes], 'float32')) : values;
  const exists = tf.sum(shares, 1, true);
  const smooth = labelSmoothing
    ? tf.add(tf.mul(shares, 1 - labelSmoothing), tf.mul(exists, labelSmoothing / classes))
    : shares;
  return { sum: softTargetCrossEntropy(logits, weighted(smooth)).sum, count: tf.sum(weighted(shares)) };
}

/** Softmax in float64, the highest logit subtracted. */
function decode({ data, shape }: HostTensor, { labels }: ClassifySpec): Classification[] {
  const [batch, classes] = shape as [number, number];
  if (shape.length !== 2 || classes !== labels.length) {
    throw new RangeError(`outputs: expected shape [batch, ${labels.length}]. Found ${quote(shape)}.`);
  }
  return Array.from({ length: batch }, (_, row) => {
    const logits = Array.from(data.subarray(row * classes, (row + 1) * classes));
    const highest = Math.max(...logits);
    if (!Number.isFinite(highest))
      throw new RangeError(`outputs: expected finite logits. Found ${logits.join(', ')} in row ${row}.`);
    const powers = logits.map((logit) => Math.exp(logit - highest));
    const total = powers.reduce((sum, power) => sum + power, 0);
    const best = logits.indexOf(highest);
    return {
      label: labels[best]!,
      probability: powers[best]! / total,
      probabilities: Object.fromEntries(labels.map((label, at) => [label, powers[at]! / total])),
    };
  });
}

function requireTwo(labels: readonly string[]): void {
  if (labels.length >= 2) return;
  const found = labels.length === 0 ? 'no labels' : `the one label ${quote(labels[0])}`;
  throw new PolytaskError('data', {
    code: 'E2301',
    message: `Expected at least two distinct labels in the training split. Found ${found}.`,
    fix: labels.length === 0 ? 'Check the column of the task.' : 'Add rows with another label, or drop the task.',
  });
}
