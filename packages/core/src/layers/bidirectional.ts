import { fold } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { type Layer, type Sequence, within } from '../layer.ts';
import { named } from '../named.ts';
import type { RecurrentOptions } from './recurrent.ts';

export type BidirectionalParams<Params> = { readonly forward: Params; readonly backward: Params };

/**
 * Two layers of a kind, one in each direction of time, side by side: [forward(x), backward(x)] on the last axis.
 *
 * Sequence of [batch, time, in] → sequence of [batch, time, 2·units]. The backward direction starts at each row's own last step.
 * PyTorch's parameters with the suffix `_reverse` are those of `backward`.
 *
 * @param layer `lstm`, `gru` or any function of the same options.
 *
 * @example
 * const encoder = bidirectional(gru, { units: 96 });
 *
 * Schuster & Paliwal, "Bidirectional recurrent neural networks", 1997.
 */
export function bidirectional<Params>(
  layer: (options: RecurrentOptions) => Layer<Params, Sequence, Sequence>,
  options: Omit<RecurrentOptions, 'reverse'>,
): Layer<BidirectionalParams<Params>, Sequence, Sequence> {
  const forward = layer({ ...options, reverse: false });
  const backward = layer({ ...options, reverse: true });
  return {
    init(key, inputShape) {
      const one = forward.init(fold(key, 'forward'), inputShape);
      const other = backward.init(fold(key, 'backward'), inputShape);
      const units = one.outputShape.at(-1)! + other.outputShape.at(-1)!;
      return {
        params: { forward: one.params, backward: other.params },
        outputShape: [...one.outputShape.slice(0, -1), units],
      };
    },
    apply(params, sequence, context) {
      const one = named('forward', () => forward.apply(params.forward, sequence, within(context, 'forward')));
      const other = named('backward', () => backward.apply(params.backward, sequence, within(context, 'backward')));
      return { values: tf.concat([one.values, other.values], 2), lengths: sequence.lengths };
    },
  };
}
