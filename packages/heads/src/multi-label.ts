import { type HostTensor, hostTensor, PolytaskError, quote } from '@polytask/base';
import { binaryCrossEntropy, dense, dropout as dropoutLayer, type Sequence } from '@polytask/core';
import { fitLabels } from '@polytask/data';
import type * as tf from '@tensorflow/tfjs-core';
import { type ClassWeights, checkClassWeights, requireKnown } from './class-weights.ts';
import type { Head } from './head.ts';
import { type LabelRecord, readLabelSet } from './label-set.ts';
import { type LogitsParams, logitsLayer } from './logits-layer.ts';

export type MultiLabelOptions = {
  /** What stands between labels that are written as a text. Default: `|`. */
  readonly separator?: string;
  /**
   * How much an example that has a label counts against one that has not: by label, or `balanced`, n₀ / n₁ of the training examples.
   * Default: all 1.
   */
  readonly classWeights?: ClassWeights | null;
  /** The probability from which on a label is predicted, 0 < t < 1: one, or by label (½ for those not named). Default: 0.5. */
  readonly threshold?: number | Readonly<Record<string, number>>;
  /** Units of dense layers with relu between the representation and the logits. Default: none. */
  readonly hidden?: readonly number[];
  /** The rate at which the input of every dense layer is dropped while training, 0 ≤ rate < 1. Default: 0. */
  readonly dropout?: number;
  /** How a sequence becomes one vector, as for `classify`. */
  readonly pooling?: 'attentive' | 'mean';
};

/** JSON: the labels in the order of the logits, and what layer, loss and decoding need. */
export type MultiLabelSpec = {
  readonly labels: readonly string[];
  /** The share of the training examples that have each label, of those where it is known. */
  readonly frequencies: readonly number[];
  /** One per label; null for all 1. */
  readonly positiveWeights: readonly number[] | null;
  readonly thresholds: readonly number[];
  readonly separator: string;
  readonly hidden: readonly number[];
  readonly dropout: number;
  readonly pooling?: 'attentive' | 'mean';
};

/** `values` [batch, labels] float32, 1 for those an example has; `present` [batch, labels] float32, 0 where that is not known. */
export type MultiLabelTarget = { readonly values: tf.Tensor; readonly present: tf.Tensor };

export type LabelSetPrediction = {
  /** Those whose probability reaches their threshold, in the order of the spec. */
  readonly labels: readonly string[];
  /** Of each label; they do not exclude each other. */
  readonly probabilities: Readonly<Record<string, number>>;
};

/** A list of labels, a record of 1, 0 and null, or either as a text: see `readLabelSet`. */
export type LabelSetLabel = string | readonly string[] | LabelRecord;

/**
 * Any number of labels: z = W·x + b, p = σ(z) of each label by itself, trained with binary cross-entropy, the mean of it over the labels of an example.
 *
 * The labels are those of the training examples. A list tells of all labels, a record of those that it names: the others, and those with null, have
 * no loss. Labels that training did not have are left out of targets. The count is Σ known answers / labels.
 *
 * @throws RangeError when an option is out of range.
 * @throws PolytaskError E2301 from `fit` without any label; E2340 from `fit` and `target` for what is no set of labels; E1230 when a weight or a
 * threshold is for a label that is not there.
 */
export function multiLabel({
  separator = '|',
  classWeights = null,
  threshold = 0.5,
  hidden = [],
  dropout = 0,
  pooling,
}: MultiLabelOptions = {}): Head<
  LabelSetLabel,
  MultiLabelSpec,
  LogitsParams,
  MultiLabelTarget,
  LabelSetPrediction,
  tf.Tensor,
  tf.Tensor | Sequence
> {
  if (separator === '') throw new RangeError('separator: expected at least one character. Found "".');
  for (const value of typeof threshold === 'number' ? [threshold] : Object.values(threshold))
    if (!(value > 0 && value < 1)) throw new RangeError(`threshold: expected 0 < t < 1. Found ${quote(value)}.`);
  checkClassWeights(classWeights);
  dropoutLayer({ rate: dropout });
  for (const units of hidden) dense({ units });
  return {
    fit(given) {
      const sets = given.flatMap((label) => (label === null ? [] : [readLabelSet(label, separator)]));
      const { labels } = fitLabels(sets.flatMap((set) => (isList(set) ? set : Object.keys(set))));
      if (labels.length === 0)
        throw new PolytaskError('data', {
          code: 'E2301',
          message: 'Expected at least one label in the training split. Found none.',
          fix: 'Check the column of the task.',
        });
      const known = labels.map((label) => sets.map((set) => answer(set, label)).filter((one) => one !== null));
      const positives = known.map((list) => list.reduce<number>((sum, one) => sum + one, 0));
      return {
        labels,
        frequencies: known.map((list, at) => positives[at]! / Math.max(1, list.length)),
        positiveWeights: weightsOf(classWeights, labels, known, positives),
        thresholds: byLabel('threshold', threshold, labels, 0.5),
        separator,
        hidden,
        dropout,
        ...(pooling && { pooling }),
      };
    },
    target(given, { labels, separator: between }) {
      const values = new Float32Array(given.length * labels.length);
      const present = new Float32Array(given.length * labels.length);
      for (const [row, label] of given.entries()) {
        if (label === null) continue;
        const set = readLabelSet(label, between);
        for (const [at, name] of labels.entries()) {
          const one = answer(set, name);
          values[row * labels.length + at] = one ?? 0;
          present[row * labels.length + at] = one === null ? 0 : 1;
        }
      }
      const shape = [given.length, labels.length];
      return {
        tensors: { values: hostTensor('float32', shape, values), present: hostTensor('float32', shape, present) },
        count: present.reduce((sum, one) => sum + one, 0) / labels.length,
      };
    },
    task: (spec) => ({
      layer: logitsLayer({ ...spec, units: spec.labels.length }),
      loss: (logits, { values, present }) =>
        binaryCrossEntropy(logits, values, { present, positiveWeight: spec.positiveWeights ?? undefined }),
    }),
    decode,
  };
}

const isList = (set: readonly string[] | LabelRecord): set is readonly string[] => Array.isArray(set);

/** Whether a set has a label; null where it does not tell. */
const answer = (set: readonly string[] | LabelRecord, label: string): 0 | 1 | null => {
  if (isList(set)) return set.includes(label) ? 1 : 0;
  return Object.hasOwn(set, label) ? set[label]! : null;
};

function byLabel(
  path: string,
  given: number | Readonly<Record<string, number>>,
  labels: readonly string[],
  otherwise: number,
): readonly number[] {
  if (typeof given === 'number') return labels.map(() => given);
  requireKnown(path, Object.keys(given), labels);
  return labels.map((label) => (Object.hasOwn(given, label) ? given[label]! : otherwise));
}

function weightsOf(
  weights: ClassWeights | null,
  labels: readonly string[],
  known: readonly (readonly number[])[],
  positives: readonly number[],
): readonly number[] | null {
  if (weights === null) return null;
  if (weights !== 'balanced') return byLabel('classWeights', weights, labels, 1);
  return known.map(({ length }, at) => {
    const found = positives[at]!;
    // a label that all examples have, or none, has nothing to balance
    return found === 0 || found === length ? 1 : (length - found) / found;
  });
}

function decode({ data, shape }: HostTensor, { labels, thresholds }: MultiLabelSpec): LabelSetPrediction[] {
  const [batch, width] = shape as [number, number];
  if (shape.length !== 2 || width !== labels.length)
    throw new RangeError(`outputs: expected shape [batch, ${labels.length}]. Found ${quote(shape)}.`);
  return Array.from({ length: batch }, (_, row) => {
    const probabilities = labels.map((_, at) => 1 / (1 + Math.exp(-data[row * width + at]!)));
    return {
      labels: labels.filter((_, at) => probabilities[at]! >= thresholds[at]!),
      probabilities: Object.fromEntries(labels.map((label, at) => [label, probabilities[at]!])),
    };
  });
}
