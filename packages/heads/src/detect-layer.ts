import { fold, quote } from '@polytask/base';
import { type Conv2dParams, conv2d, type DenseParams, dense, type Layer, named, within } from '@polytask/core';
import type * as tf from '@tensorflow/tfjs-core';

export type DetectParams = { readonly convolutions: readonly Conv2dParams[]; readonly cells: DenseParams };

/** A map [height, width, channels] becomes [height, width, 5 + labels]: convolutions, and a dense layer on every cell. */
export function detectLayer({
  labels,
  filters,
}: {
  readonly labels: readonly string[];
  readonly filters: readonly number[];
}): Layer<DetectParams> {
  const convolutions = filters.map((count) => conv2d({ filters: count, activation: 'relu' }));
  const cells = dense({ units: 5 + labels.length });
  return {
    init(key, inputShape) {
      if (inputShape.length !== 3)
        throw new RangeError(`detect: expected a map [height, width, channels]. Found ${quote(inputShape)}.`);
      let shape = inputShape;
      const made = convolutions.map((layer, at) => {
        const { params, outputShape } = layer.init(fold(key, `convolution ${at}`), shape);
        shape = outputShape;
        return params;
      });
      const { params, outputShape } = cells.init(fold(key, 'cells'), shape);
      return { params: { convolutions: made, cells: params }, outputShape };
    },
    apply(params, map, context) {
      const features = convolutions.reduce(
        (x, layer, at) =>
          named(`convolutions.${at}`, () =>
            layer.apply(params.convolutions[at]!, x, within(context, `convolution ${at}`)),
          ),
        map as tf.Tensor,
      );
      return named('cells', () => cells.apply(params.cells, features, within(context, 'cells')));
    },
  };
}
