import type { Key } from '@polytask/base';
import {
  type BatchNormParams,
  batchNorm,
  type Context,
  type DenseParams,
  dense,
  type Host,
  named,
} from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';

/** W₁ [seen, width] and W₂ [width, width], with biases, or with norms that have them. */
export type MtanMask = {
  readonly inner: DenseParams;
  readonly outer: DenseParams;
  readonly innerNorm?: BatchNormParams;
  readonly outerNorm?: BatchNormParams;
};

const norm = batchNorm();

/** σ(N(W₂·relu(N(W₁·x)))) of `width` numbers on the last axis, N a batch norm or nothing: of maps, 1×1 convolutions. */
export function maskOf(width: number, isNormed: boolean) {
  const layer = dense({ units: width, bias: !isNormed });
  return {
    init(keyOf: (part: 'inner' | 'outer') => Key, seen: number): Host<MtanMask> {
      const inner = layer.init(keyOf('inner'), [seen]).params;
      const outer = layer.init(keyOf('outer'), [width]).params;
      if (!isNormed) return { inner, outer };
      const own = norm.init(keyOf('inner'), [width]).params;
      return { inner, outer, innerNorm: own, outerNorm: own };
    },
    apply(params: MtanMask, x: tf.Tensor, context: Context): tf.Tensor {
      const through = (part: 'inner' | 'outer', y: tf.Tensor) =>
        named(part, () => {
          const made = layer.apply(params[part], y, context);
          const own = params[`${part}Norm`];
          return own ? norm.apply(own, made, context) : made;
        });
      return tf.sigmoid(through('outer', tf.relu(through('inner', x))));
    },
  };
}
