import * as tf from '@tensorflow/tfjs-core';
import { type KernelGradient, kernelGradient, productOf } from './kernel-gradient.ts';
import { sumTo } from './sum-to.ts';

type Transposes = { readonly transposeA: boolean; readonly transposeB: boolean };

/** One matrix for the whole batch: the sum over the batch is part of one product. */
function sharedRight(dy: tf.Tensor, a: tf.Tensor, b: tf.Tensor, transposeB: boolean): tf.Tensor {
  const rows = (x: tf.Tensor) => tf.reshape(x, [productOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);
  const product = transposeB ? tf.matMul(rows(dy), rows(a), true) : tf.matMul(rows(a), rows(dy), true);
  return tf.reshape(product, b.shape);
}

export const matmulGradients: readonly KernelGradient[] = [
  kernelGradient<Transposes>(
    tf.BatchMatMul,
    'refused where an argument is broadcast',
    { inputs: ['a', 'b'] },
    (dy, [a, b], { transposeA, transposeB }) => ({
      a: () =>
        sumTo(transposeA ? tf.matMul(b!, dy, transposeB, true) : tf.matMul(dy, b!, false, !transposeB), a!.shape),
      b: () => {
        const isShared = !transposeA && productOf(b!.shape.slice(0, -2)) === 1 && a!.rank === dy.rank;
        if (isShared) return sharedRight(dy, a!, b!, transposeB);
        return sumTo(
          transposeB ? tf.matMul(dy, a!, true, transposeA) : tf.matMul(a!, dy, !transposeA, false),
          b!.shape,
        );
      },
    }),
  ),
];
