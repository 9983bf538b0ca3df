import * as tf from '@tensorflow/tfjs-core';
import { type BenchModel, crossEntropy, dense, labels, noise, parameters } from './model.ts';

/** ResNet-18 (He et al. 2015) with batch norm in training mode, 7×7 stem, two heads. */
export function resnet18({ batch = 8, size = 96 } = {}): BenchModel {
  const { all, normal, fill } = parameters(3);
  const statistics = parameters(4);
  const conv = (name: string, kernel: number, from: number, to: number) => {
    normal(`${name}.kernel`, [kernel, kernel, from, to], Math.sqrt(2 / (kernel * kernel * to)));
    fill(`${name}.scale`, [to], 1);
    fill(`${name}.offset`, [to], 0);
    statistics.fill(`${name}.mean`, [to], 0);
    statistics.fill(`${name}.variance`, [to], 1);
  };
  conv('stem', 7, 3, 64);
  const widths = [64, 64, 128, 256, 512];
  const blocks: { name: string; stride: number; projected: boolean }[] = [];
  for (const stage of [1, 2, 3, 4]) {
    for (const index of [0, 1]) {
      const from = index === 0 ? widths[stage - 1]! : widths[stage]!;
      const to = widths[stage]!;
      const stride = index === 0 && stage > 1 ? 2 : 1;
      const name = `stage${stage}.${index}`;
      conv(`${name}.first`, 3, from, to);
      conv(`${name}.second`, 3, to, to);
      const projected = stride > 1 || from !== to;
      if (projected) conv(`${name}.shortcut`, 1, from, to);
      blocks.push({ name, stride, projected });
    }
  }
  for (const [name, classes] of [
    ['animal', 2],
    ['style', 3],
  ] as const) {
    normal(`${name}.kernel`, [512, classes], 0.05);
    fill(`${name}.bias`, [classes], 0);
  }
  return {
    params: all,
    state: statistics.all,
    batch: (step) => ({
      image: noise(step, [batch, size, size, 3]),
      animal: labels(batch, 2),
      style: labels(batch, 3, step),
    }),
    losses(params, { image, animal, style }, _random, state) {
      const next: Record<string, tf.Tensor> = {};
      /** Convolution, then batch norm with the batch's own mean and variance; the running ones follow with momentum 0.1. */
      const layer = (name: string, x: tf.Tensor, stride: number) => {
        const kernel = params[`${name}.kernel`] as tf.Tensor4D;
        const pad = (kernel.shape[0] - 1) / 2;
        const y = tf.conv2d(x as tf.Tensor4D, kernel, stride, pad);
        const { mean, variance } = tf.moments(y, [0, 1, 2]);
        const count = y.size / y.shape[3]!;
        next[`${name}.mean`] = tf.add(tf.mul(state[`${name}.mean`]!, 0.9), tf.mul(mean, 0.1));
        next[`${name}.variance`] = tf.add(
          tf.mul(state[`${name}.variance`]!, 0.9),
          tf.mul(variance, (0.1 * count) / (count - 1)),
        );
        return tf.batchNorm(
          y,
          mean as tf.Tensor1D,
          variance as tf.Tensor1D,
          params[`${name}.offset`] as tf.Tensor1D,
          params[`${name}.scale`] as tf.Tensor1D,
          1e-5,
        );
      };
      let x: tf.Tensor = tf.maxPool(tf.relu(layer('stem', image!, 2)) as tf.Tensor4D, 3, 2, 1);
      for (const { name, stride, projected } of blocks) {
        const inner = layer(`${name}.second`, tf.relu(layer(`${name}.first`, x, stride)), 1);
        x = tf.relu(tf.add(inner, projected ? layer(`${name}.shortcut`, x, stride) : x));
      }
      const z = tf.mean(x, [1, 2]);
      const head = (name: string) => dense(z, params[`${name}.kernel`]!, params[`${name}.bias`]!);
      return { losses: [crossEntropy(head('animal'), animal!), crossEntropy(head('style'), style!)], state: next };
    },
  };
}
