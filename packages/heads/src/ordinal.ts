import { fold, type HostTensor, hostTensor, nearest, PolytaskError, quote } from '@polytask/base';
import { binaryCrossEntropy, dense, dropout as dropoutLayer, type Layer, type Sequence } from '@polytask/core';
import { fitLabels, labelVocabulary } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import type { Classification } from './classify.ts';
import type { Head } from './head.ts';
import { type LogitsParams, logitsLayer } from './logits-layer.ts';

export type OrdinalOptions = {
  /** The labels from the lowest to the highest. Default: numbers by value, texts by code unit. */
  readonly order?: readonly string[] | null;
  /** Units of dense layers with relu between the representation and the score. Default: none. */
  readonly hidden?: readonly number[];
  /** The rate at which the input of every dense layer is dropped while training, 0 ≤ rate < 1. Default: 0. */
  readonly dropout?: number;
  /** How a sequence becomes one vector, as for `classify`. */
  readonly pooling?: 'attentive' | 'mean';
};

/** JSON: the labels from the lowest to the highest, and what the layer needs. */
export type OrdinalSpec = {
  readonly labels: readonly string[];
  /** First values of the thresholds: the log odds of being above each label but the last, among the training labels. */
  readonly thresholds: readonly number[];
  readonly hidden: readonly number[];
  readonly dropout: number;
  readonly pooling?: 'attentive' | 'mean';
};

export type OrdinalParams = { readonly score: LogitsParams; readonly thresholds: tf.Tensor };

/** `classes` [batch] int32, −1 where there is no label. */
export type OrdinalTarget = { readonly classes: tf.Tensor };

/**
 * Classes that have an order, such as ratings: P(y > k) = σ(w·x + b_k), one score for all thresholds, trained with the binary cross-entropy of each of
 * them, the mean over thresholds.
 *
 * The label of a prediction is the highest that is reached with P ≥ ½; P(y = k) are differences of neighbours, 0 where thresholds have lost their order, and
 * add up to 1. A label that is missing, or that training did not have, is absent. The count is the number of labels.
 *
 * @throws RangeError when an option is out of range.
 * @throws PolytaskError E2301 from `fit` when the labels are fewer than two; E1230 when training has a label that `order` lacks.
 *
 * Cao, Mirjalili & Raschka, "Rank consistent ordinal regression for neural networks with application to age estimation", 2020; McCullagh, "Regression
 * models for ordinal data", 1980.
 */
export function ordinal({
  order = null,
  hidden = [],
  dropout = 0,
  pooling,
}: OrdinalOptions = {}): Head<
  string,
  OrdinalSpec,
  OrdinalParams,
  OrdinalTarget,
  Classification,
  tf.Tensor,
  tf.Tensor | Sequence
> {
  if (order !== null && (order.length < 2 || new Set(order).size !== order.length))
    throw new RangeError(`order: expected at least two labels, each once. Found ${quote(order)}.`);
  dropoutLayer({ rate: dropout });
  for (const units of hidden) dense({ units });
  return {
    fit(given) {
      const seen = fitLabels(given).labels;
      if (seen.length < 2)
        throw new PolytaskError('data', {
          code: 'E2301',
          message: `Expected at least two distinct labels in the training split. Found ${seen.length === 0 ? 'no labels' : `the one label ${quote(seen[0])}`}.`,
          fix: 'Check the column of the task.',
        });
      if (order) requirePlace(seen, order);
      const labels = order ?? seen;
      const places = given.flatMap((label) => (label === null ? [] : [labels.indexOf(String(label))]));
      return {
        labels,
        thresholds: labels.slice(1).map((_, k) => {
          // as if half an example more stood on both sides: labels of the order may be without any
          const above = places.filter((place) => place > k).length + 0.5;
          return Math.log(above / (places.length + 1 - above));
        }),
        hidden,
        dropout,
        ...(pooling && { pooling }),
      };
    },
    target(given, { labels }) {
      const { encode } = labelVocabulary({ labels });
      const classes = Int32Array.from(given, encode);
      return {
        tensors: { classes: hostTensor('int32', [classes.length], classes) },
        count: classes.reduce((sum, at) => sum + (at < 0 ? 0 : 1), 0),
      };
    },
    task: (spec) => ({
      layer: ordinalLayer(spec),
      loss(logits, { classes }) {
        const [batch, thresholds] = logits.shape as [number, number];
        const places = tf.reshape(classes, [batch, 1]);
        const above = tf.greater(places, tf.reshape(tf.range(0, thresholds, 1, 'int32'), [1, thresholds]));
        const present = tf.greaterEqual(classes, tf.scalar(0, 'int32'));
        return binaryCrossEntropy(logits, tf.cast(above, 'float32'), { present });
      },
    }),
    decode,
  };
}

/** @throws PolytaskError E1230 for a label of the training part that the order has no place for. */
function requirePlace(seen: readonly string[], order: readonly string[]): void {
  const problems = seen
    .filter((label) => !order.includes(label))
    .map((label) => {
      // a number near to another is not misspelt
      const guess = Number.isFinite(Number(label)) ? undefined : nearest(label, order);
      return {
        code: 'E1230',
        path: 'order',
        message: `The order has no place for the training label ${quote(label)}.`,
        fix: `Add it in its place${guess === undefined ? '' : `, or write ${quote(guess)} as the data does`}, or map it in data.labels.`,
      };
    });
  if (problems.length > 0) throw new PolytaskError('usage', problems);
}

function ordinalLayer(spec: OrdinalSpec): Layer<OrdinalParams, tf.Tensor | Sequence> {
  const score = logitsLayer({ ...spec, units: 1 });
  const count = spec.thresholds.length;
  return {
    init: (key, inputShape) => ({
      params: {
        score: score.init(fold(key, 'score'), inputShape).params,
        thresholds: hostTensor('float32', [count], spec.thresholds),
      },
      outputShape: [count],
    }),
    // [batch, 1] + [thresholds]
    apply: (params, given, context) => tf.add(score.apply(params.score, given, context), params.thresholds),
  };
}

function decode({ data, shape }: HostTensor, { labels }: OrdinalSpec): Classification[] {
  const [batch, count] = shape as [number, number];
  if (shape.length !== 2 || count !== labels.length - 1)
    throw new RangeError(`outputs: expected shape [batch, ${labels.length - 1}]. Found ${quote(shape)}.`);
  return Array.from({ length: batch }, (_, row) => {
    let before = 1;
    const reached = [1];
    for (let k = 0; k < count; k++) {
      before = Math.min(before, 1 / (1 + Math.exp(-data[row * count + k]!)));
      reached.push(before);
    }
    const shares = labels.map((_, at) => reached[at]! - (reached[at + 1] ?? 0));
    const at = reached.findLastIndex((probability) => probability >= 0.5);
    return {
      label: labels[at]!,
      probability: shares[at]!,
      probabilities: Object.fromEntries(labels.map((label, place) => [label, shares[place]!])),
    };
  });
}
