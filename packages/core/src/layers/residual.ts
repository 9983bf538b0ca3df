import { quote } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import type { Layer, Sequence } from '../layer.ts';

/**
 * A layer with a shortcut around it: y = x + f(x). The parameters are those of the layer.
 *
 * Tensors or sequences; f keeps the shape.
 *
 * @throws RangeError at `init` when f changes the shape.
 *
 * He, Zhang, Ren & Sun, "Deep Residual Learning for Image Recognition", CVPR 2016.
 */
export function residual<Params, Value extends tf.Tensor | Sequence>(
  layer: Layer<Params, Value, Value>,
): Layer<Params, Value, Value> {
  return {
    init(key, inputShape) {
      const made = layer.init(key, inputShape);
      if (quote(made.outputShape, 1000) !== quote(inputShape, 1000)) {
        throw new RangeError(
          `residual: expected a layer that keeps the shape ${quote(inputShape)}. Found ${quote(made.outputShape)}.`,
        );
      }
      return made;
    },
    apply: (params, input, context) => plus(input, layer.apply(params, input, context)),
  };
}

function plus<Value extends tf.Tensor | Sequence>(input: Value, change: Value): Value {
  if (input instanceof tf.Tensor) return tf.add(input, change as tf.Tensor) as Value;
  const { values, lengths } = input as Sequence;
  return { values: tf.add(values, (change as Sequence).values), lengths } as Value;
}
