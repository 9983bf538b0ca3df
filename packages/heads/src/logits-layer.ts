import { fold } from '@polytask/base';
import {
  type AttentiveStatisticsParams,
  attentiveStatistics,
  type DenseParams,
  dense,
  dropout as dropoutLayer,
  globalAveragePool2d,
  heNormal,
  type Layer,
  named,
  pooling as poolingLayer,
  type Sequence,
  within,
} from '@polytask/core';
import type * as tf from '@tensorflow/tfjs-core';

export type LogitsOptions = {
  readonly units: number;
  readonly hidden: readonly number[];
  readonly dropout: number;
  readonly pooling?: 'attentive' | 'mean';
};

export type LogitsParams = {
  readonly hidden: readonly DenseParams[];
  readonly logits: DenseParams;
  /** Where the representation is a sequence that attention pools. */
  readonly pooling?: AttentiveStatisticsParams;
};

/** Dense layers on one vector per example; a sequence is pooled before, and a map [height, width, channels] is its mean. */
export function logitsLayer(spec: LogitsOptions): Layer<LogitsParams, tf.Tensor | Sequence> {
  const layers = spec.hidden.map((units) => dense({ units, activation: 'relu', init: heNormal }));
  const last = dense({ units: spec.units });
  const drop = dropoutLayer({ rate: spec.dropout });
  const attention = attentiveStatistics();
  const mean = poolingLayer({ mode: 'mean' });
  const average = globalAveragePool2d();
  return {
    init(key, given) {
      // one axis: features; two: time and features; three: height, width and channels
      const isSequence = given.length === 2;
      const pooled = isSequence && spec.pooling !== 'mean' ? attention.init(fold(key, 'pooling'), given) : undefined;
      const inputShape = pooled?.outputShape ?? (isSequence ? given.slice(1) : given.slice(-1));
      const made = layers.map((layer, at) => {
        const from = at === 0 ? inputShape : [spec.hidden[at - 1]!];
        return layer.init(fold(key, `hidden ${at}`), from).params;
      });
      const { params, outputShape } = last.init(
        fold(key, 'logits'),
        layers.length > 0 ? [spec.hidden.at(-1)!] : inputShape,
      );
      return { params: { hidden: made, logits: params, ...(pooled && { pooling: pooled.params }) }, outputShape };
    },
    apply(params, given, context) {
      const representation =
        'values' in given
          ? params.pooling
            ? named('pooling', () => attention.apply(params.pooling!, given, within(context, 'pooling')))
            : mean.apply({}, given, context)
          : given.rank === 4
            ? average.apply({}, given, context)
            : given;
      const features = layers.reduce((x, layer, at) => {
        const part = within(context, `hidden ${at}`);
        return named(`hidden.${at}`, () => layer.apply(params.hidden[at]!, drop.apply({}, x, part), part));
      }, representation);
      const part = within(context, 'logits');
      return named('logits', () => last.apply(params.logits, drop.apply({}, features, part), part)); // [batch, classes]
    },
  };
}
