import { fold, type HostTensor, hostTensor, PolytaskError, quote, type Shape } from '@polytask/base';
import {
  absoluteError,
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  type Host,
  heNormal,
  huber,
  type Layer,
  named,
  pooling,
  type Sequence,
  type Summed,
  squaredError,
  within,
} from '@polytask/core';
import { softNumber } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import type { Head } from './head.ts';

export type RegressOptions = {
  /**
   * `squared`: (y − t)²; `absolute`: |y − t|; `huber`: squared up to 1, absolute beyond; `gaussian`: the negative log-likelihood
   * ½(s + (y − t)²/eˢ) with a variance eˢ of each example that is learnt too. Default: `squared`.
   */
  readonly loss?: 'squared' | 'absolute' | 'huber' | 'gaussian';
  /** Units of dense layers with relu between the representation and the value. Default: none. */
  readonly hidden?: readonly number[];
  /** The rate at which the input of every dense layer is dropped while training, 0 ≤ rate < 1. Default: 0. */
  readonly dropout?: number;
};

/** JSON: the scale of the training labels, and what the layer and the loss need. */
export type RegressSpec = {
  readonly mean: number;
  readonly deviation: number;
  readonly loss: 'squared' | 'absolute' | 'huber' | 'gaussian';
  readonly hidden: readonly number[];
  readonly dropout: number;
};

export type RegressParams = { readonly hidden: readonly DenseParams[]; readonly value: DenseParams };

/** `values` [batch] float32, scaled; `present` [batch] float32, 0 where there is no label. */
export type RegressTarget = { readonly values: tf.Tensor; readonly present: tf.Tensor };

export type Regression = {
  /** In the labels' own unit. */
  readonly value: number;
  /** Of the value, in the same unit; with the loss `gaussian`. */
  readonly deviation?: number;
};

const losses = {
  squared: squaredError,
  absolute: absoluteError,
  huber: (outputs: tf.Tensor, values: tf.Tensor, options: { present: tf.Tensor }) => huber(outputs, values, options),
} as const;

/**
 * A number: y = W·x + b, trained on labels with mean 0 and deviation 1 and given back in their own unit. Labels are numbers, or texts that are.
 *
 * @throws RangeError when an option is out of range.
 * @throws PolytaskError E2302 from `fit` without any label; E2303 from `fit` and `target` for a label that is no finite number.
 *
 * `gaussian`: Nix & Weigend, "Estimating the mean and variance of the target probability distribution", ICNN 1994.
 */
export function regress({
  loss = 'squared',
  hidden = [],
  dropout = 0,
}: RegressOptions = {}): Head<
  string | number,
  RegressSpec,
  RegressParams,
  RegressTarget,
  Regression,
  tf.Tensor,
  tf.Tensor | Sequence
> {
  if (loss !== 'gaussian' && !Object.hasOwn(losses, loss))
    throw new RangeError(`loss: expected "squared", "absolute", "huber" or "gaussian". Found ${quote(loss)}.`);
  dropoutLayer({ rate: dropout });
  for (const units of hidden) dense({ units });
  return {
    fit(labels) {
      const known = labels.flatMap((label) => (label === null ? [] : [numberOf(label)]));
      if (known.length === 0)
        throw new PolytaskError('data', {
          code: 'E2302',
          message: 'Expected at least one number in the training split. Found no labels.',
          fix: 'Check the column of the task.',
        });
      const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
      const variance = known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length;
      // labels that are all equal stay in their unit
      return { mean, deviation: Math.sqrt(variance) || 1, loss, hidden, dropout };
    },
    target,
    mixedTarget: (labels, spec) =>
      target(
        labels.map(([first, second, share]) => softNumber(knownNumber(first), knownNumber(second), share)),
        spec,
      ),
    task: (spec) => ({
      layer: regressLayer(spec),
      loss(outputs, { values, present }) {
        const column = (at: number) => tf.reshape(tf.slice(outputs, [0, at], [outputs.shape[0]!, 1]), [-1]);
        return spec.loss === 'gaussian'
          ? gaussian(column(0), column(1), values, present)
          : losses[spec.loss](column(0), values, { present });
      },
    }),
    decode: ({ data, shape }: HostTensor, { mean, deviation, loss: kind }) => {
      const width = kind === 'gaussian' ? 2 : 1;
      if (shape.length !== 2 || shape[1] !== width)
        throw new RangeError(`outputs: expected shape [batch, ${width}]. Found ${quote(shape)}.`);
      return Array.from({ length: shape[0]! }, (_, row) => ({
        value: data[row * width]! * deviation + mean,
        ...(kind === 'gaussian' && { deviation: Math.exp(data[row * width + 1]! / 2) * deviation }),
      }));
    },
  };
}

/** The labels of a batch in the scale of the layer. */
function target(
  labels: readonly (string | number | null)[],
  { mean, deviation }: RegressSpec,
): { readonly tensors: Host<RegressTarget>; readonly count: number } {
  // plain loops: with many tasks most labels of a batch are missing, and this is a large part of making it
  const values = new Float32Array(labels.length);
  const present = new Float32Array(labels.length);
  let count = 0;
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row]!;
    if (label === null) continue;
    values[row] = (numberOf(label) - mean) / deviation;
    present[row] = 1;
    count++;
  }
  return {
    tensors: {
      values: hostTensor('float32', [labels.length], values),
      present: hostTensor('float32', [labels.length], present),
    },
    count,
  };
}

const knownNumber = (label: string | number | null) => (label === null ? null : numberOf(label));

/** ½ (s + (y − t)² e⁻ˢ), s = log σ². */
function gaussian(mean: tf.Tensor, logVariance: tf.Tensor, values: tf.Tensor, present: tf.Tensor): Summed {
  const distance = tf.mul(tf.square(tf.sub(mean, values)), tf.exp(tf.neg(logVariance)));
  const each = tf.mul(tf.mul(tf.add(logVariance, distance), 0.5), present);
  return { sum: tf.sum(each), count: tf.sum(present) };
}

function regressLayer(spec: RegressSpec): Layer<RegressParams, tf.Tensor | Sequence> {
  const layers = spec.hidden.map((units) => dense({ units, activation: 'relu', init: heNormal }));
  const last = dense({ units: spec.loss === 'gaussian' ? 2 : 1 });
  const drop = dropoutLayer({ rate: spec.dropout });
  const mean = pooling({ mode: 'mean' });
  return {
    init(key, given) {
      let shape: Shape = given.slice(-1); // a sequence and a map are pooled
      const hidden = layers.map((layer, at) => {
        const { params, outputShape } = layer.init(fold(key, `hidden ${at}`), shape);
        shape = outputShape;
        return params;
      });
      const { params, outputShape } = last.init(fold(key, 'value'), shape);
      return { params: { hidden, value: params }, outputShape };
    },
    apply(params, given, context) {
      const x = 'values' in given ? mean.apply({}, given, context) : given.rank === 4 ? tf.mean(given, [1, 2]) : given;
      const features = layers.reduce((before, layer, at) => {
        const part = within(context, `hidden ${at}`);
        return named(`hidden.${at}`, () => layer.apply(params.hidden[at]!, drop.apply({}, before, part), part));
      }, x);
      const part = within(context, 'value');
      return named('value', () => last.apply(params.value, drop.apply({}, features, part), part)); // [batch, 1 or 2]
    },
  };
}

function numberOf(label: string | number): number {
  const value = typeof label === 'number' ? label : label.trim() === '' ? Number.NaN : Number(label);
  if (Number.isFinite(value)) return value;
  throw new PolytaskError('data', {
    code: 'E2303',
    message: `Expected a finite number as label. Found ${quote(label)}.`,
  });
}
