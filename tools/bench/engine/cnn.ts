import * as tf from '@tensorflow/tfjs-core';
import { type BenchModel, crossEntropy, dense, labels, noise, parameters } from './model.ts';

/** Three 3×3 convolutions 32-64-128, each with 2×2 max pooling; dense 128; two heads. */
export function cnn({ batch = 32, size = 64 } = {}): BenchModel {
  const { all, normal, fill } = parameters(7);
  const channels = [3, 32, 64, 128];
  for (const index of [1, 2, 3]) {
    const [from, to] = [channels[index - 1]!, channels[index]!];
    normal(`conv${index}.kernel`, [3, 3, from, to], Math.sqrt(2 / (9 * from)));
    fill(`conv${index}.bias`, [to], 0);
  }
  const features = (size / 8) ** 2 * 128;
  normal('dense.kernel', [features, 128], Math.sqrt(2 / features));
  fill('dense.bias', [128], 0);
  for (const [name, classes] of [
    ['animal', 2],
    ['style', 3],
  ] as const) {
    normal(`${name}.kernel`, [128, classes], 0.1);
    fill(`${name}.bias`, [classes], 0);
  }
  return {
    params: all,
    batch: (step) => ({
      image: noise(step, [batch, size, size, 3]),
      animal: labels(batch, 2),
      style: labels(batch, 3, step),
    }),
    losses(params, { image, animal, style }) {
      let x = image as tf.Tensor4D;
      for (const index of [1, 2, 3]) {
        const y = tf.add(
          tf.conv2d(x, params[`conv${index}.kernel`] as tf.Tensor4D, 1, 'same'),
          params[`conv${index}.bias`]!,
        );
        x = tf.maxPool(tf.relu(y) as tf.Tensor4D, 2, 2, 'valid');
      }
      const z = tf.relu(dense(tf.reshape(x, [batch, features]), params['dense.kernel']!, params['dense.bias']!));
      const head = (name: string) => dense(z, params[`${name}.kernel`]!, params[`${name}.bias`]!);
      return { losses: [crossEntropy(head('animal'), animal!), crossEntropy(head('style'), style!)] };
    },
  };
}
