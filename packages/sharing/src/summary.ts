import { type Layer, type NoParams, pooling, type Tensors } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { channelsOf, isSequence, tensorOf } from './parts.ts';

/**
 * One vector for each example, for gates to look at: the mean over all axes between batch and channels.
 *
 * [batch, …, features] → [batch, features]; of a sequence, the mean over its steps without padding.
 */
export function summary(): Layer<NoParams, Tensors, tf.Tensor> {
  const overTime = pooling({ mode: 'mean' });
  return {
    init: (_, inputShape) => ({ params: {}, outputShape: [channelsOf(inputShape, 'summary')] }),
    apply(_, value, context) {
      if (isSequence(value)) return overTime.apply({}, value, context);
      const x = tensorOf(value, 'summary');
      const between = x.shape.map((_, axis) => axis).slice(1, -1);
      return between.length > 0 ? tf.mean(x, between) : x;
    },
  };
}
