import { fold, type HostTensor, hostTensor, PolytaskError, quote } from '@polytask/base';
import {
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  heNormal,
  type Layer,
  lengthMask,
  named,
  type Sequence,
  softmaxCrossEntropy,
  within,
} from '@polytask/core';
import { fitLabels, labelVocabulary } from '@polytask/data';
import type { Span } from '@polytask/metrics';
import * as tf from '@tensorflow/tfjs-core';
import { type ClassWeights, checkClassWeights, classWeightsFor } from './class-weights.ts';
import type { Head } from './head.ts';
import { readTags, repairTags, schemeOf, type TagScheme } from './tags.ts';

export type TagOptions = {
  /** How much each tag counts in the loss. Default: all 1. */
  readonly classWeights?: ClassWeights | null;
  /** Units of dense layers with relu on each step, between the representation and the logits. Default: none. */
  readonly hidden?: readonly number[];
  /** The rate at which the input of every dense layer is dropped while training, 0 ≤ rate < 1. Default: 0. */
  readonly dropout?: number;
};

/** JSON: the tags in the order of the logits, and what layer and loss need. */
export type TagSpec = {
  readonly labels: readonly string[];
  readonly scheme: TagScheme;
  /** Tags of the longest training text. */
  readonly longest: number;
  /** One per tag; null for all 1. */
  readonly classWeights: readonly number[] | null;
  readonly hidden: readonly number[];
  readonly dropout: number;
};

export type TagParams = { readonly hidden: readonly DenseParams[]; readonly logits: DenseParams };

/** `tags` [batch, longest] int32, −1 where there is none. */
export type TagTarget = { readonly tags: tf.Tensor };

/** `logits` [batch, time, tags], of which the first `lengths[i]` steps of row i count. */
export type TagOutputs = { readonly logits: tf.Tensor; readonly lengths: tf.Tensor };

export type TaggedSpan = Span & {
  /** That of the least probable of its tags. */
  readonly probability: number;
};

export type Tagging = {
  /** One per step of the sequence, repaired. */
  readonly tags: readonly string[];
  /** What the tags say, from word `start` to before word `end`. */
  readonly spans: readonly TaggedSpan[];
};

/**
 * A tag for each step of a sequence, such as `B-city I-city O`: softmax and cross-entropy of each step.
 *
 * The tags are those of the training texts, and O. The first tag belongs to the first step: texts need representations of one step per word. Steps
 * without a tag, tags beyond the steps, and tags that training did not have have no loss; the count is Σ w_y over the tags present.
 *
 * Predictions are the most probable tag of each step, read as `spansOf` reads them and written again as the scheme of the training tags has it: an
 * I without a beginning becomes a B.
 *
 * @throws RangeError when an option is out of range, and from the layer's `init` unless the representation is a sequence.
 * @throws PolytaskError E2301 from `fit` when the tags are fewer than two; E2341 from `fit` and `target` for what is no tags; E1230 when
 * `classWeights` names a tag that is not there.
 *
 * Ramshaw & Marcus, "Text Chunking using Transformation-Based Learning", 1995.
 */
export function tag({
  classWeights = null,
  hidden = [],
  dropout = 0,
}: TagOptions = {}): Head<string | readonly string[], TagSpec, TagParams, TagTarget, Tagging, TagOutputs, Sequence> {
  checkClassWeights(classWeights);
  dropoutLayer({ rate: dropout });
  for (const units of hidden) dense({ units });
  return {
    fit(given) {
      const texts = given.flatMap((label) => (label === null ? [] : [readTags(label)]));
      const { labels } = fitLabels([...texts.flat(), ...(texts.length > 0 ? ['O'] : [])]);
      if (labels.length < 2)
        throw new PolytaskError('data', {
          code: 'E2301',
          message: `Expected at least two distinct tags in the training split. Found ${labels.length === 0 ? 'no tags' : 'O alone'}.`,
          fix: 'Check the column of the task.',
        });
      return {
        labels,
        scheme: schemeOf(texts),
        longest: texts.reduce((most, { length }) => Math.max(most, length), 0),
        classWeights: classWeightsFor(classWeights, labels, texts.flat()),
        hidden,
        dropout,
      };
    },
    target(given, { labels, longest, classWeights: weights }) {
      const { encode } = labelVocabulary({ labels });
      const rows = given.map((label) => (label === null ? [] : readTags(label)));
      // one width for all batches, for each is another program
      const width = 8 * Math.ceil(rows.reduce((most, { length }) => Math.max(most, length), Math.max(1, longest)) / 8);
      const tags = new Int32Array(rows.length * width).fill(-1);
      for (const [row, list] of rows.entries())
        for (const [at, one] of list.entries()) tags[row * width + at] = encode(one);
      const count = tags.reduce((sum, at) => sum + (at < 0 ? 0 : (weights?.[at] ?? 1)), 0);
      return { tensors: { tags: hostTensor('int32', [rows.length, width], tags) }, count };
    },
    task: (spec) => ({
      layer: tagLayer(spec),
      loss({ logits, lengths }, { tags }) {
        const [batch, time, classes] = logits.shape as [number, number, number];
        const known = tf.where(
          tf.cast(lengthMask(lengths, time), 'bool'),
          fitted(tags, time),
          tf.fill([batch, time], -1, 'int32'),
        );
        return softmaxCrossEntropy(tf.reshape(logits, [batch * time, classes]), tf.reshape(known, [batch * time]), {
          classWeights: spec.classWeights ?? undefined,
        });
      },
    }),
    decode,
  };
}

/** As many columns as there are steps: the others are cut, or −1. */
function fitted(tags: tf.Tensor, time: number): tf.Tensor {
  const [batch, width] = tags.shape as [number, number];
  if (width === time) return tags;
  return width > time
    ? tf.slice(tags, [0, 0], [batch, time])
    : tf.concat([tags, tf.fill([batch, time - width], -1, 'int32')], 1);
}

function tagLayer(spec: TagSpec): Layer<TagParams, Sequence, TagOutputs> {
  const layers = spec.hidden.map((units) => dense({ units, activation: 'relu', init: heNormal }));
  const last = dense({ units: spec.labels.length });
  const drop = dropoutLayer({ rate: spec.dropout });
  return {
    init(key, inputShape) {
      if (inputShape.length !== 2)
        throw new RangeError(`tag: expected a sequence [time, features]. Found ${quote(inputShape)}.`);
      let shape = inputShape;
      const hidden = layers.map((layer, at) => {
        const { params, outputShape } = layer.init(fold(key, `hidden ${at}`), shape);
        shape = outputShape;
        return params;
      });
      const { params, outputShape } = last.init(fold(key, 'logits'), shape);
      return { params: { hidden, logits: params }, outputShape };
    },
    apply(params, { values, lengths }, context) {
      const features = layers.reduce((x, layer, at) => {
        const part = within(context, `hidden ${at}`);
        return named(`hidden.${at}`, () => layer.apply(params.hidden[at]!, drop.apply({}, x, part), part));
      }, values);
      const part = within(context, 'logits');
      const logits = named('logits', () => last.apply(params.logits, drop.apply({}, features, part), part));
      return { logits, lengths }; // [batch, time, tags]
    },
  };
}

function decode(
  { logits, lengths }: { readonly logits: HostTensor; readonly lengths: HostTensor },
  { labels, scheme }: TagSpec,
): Tagging[] {
  const [batch, time, classes] = logits.shape as [number, number, number];
  if (logits.shape.length !== 3 || classes !== labels.length)
    throw new RangeError(`outputs: expected logits [batch, time, ${labels.length}]. Found ${quote(logits.shape)}.`);
  return Array.from({ length: batch }, (_, row) => {
    const steps = Array.from({ length: Math.min(time, lengths.data[row]!) }, (_, step) => {
      const start = (row * time + step) * classes;
      const scores = Array.from(logits.data.subarray(start, start + classes));
      const highest = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
      return { tag: labels[scores.indexOf(highest)]!, probability: 1 / total };
    });
    const { tags, spans } = repairTags(
      steps.map((step) => step.tag),
      scheme,
    );
    return {
      tags,
      spans: spans.map((span) => ({
        ...span,
        probability: Math.min(...steps.slice(span.start, span.end).map(({ probability }) => probability)),
      })),
    };
  });
}
