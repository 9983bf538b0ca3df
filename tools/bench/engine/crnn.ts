import { hostTensor, key, leaves } from '@polytask/base';
import { bidirectional, context, ctc, type GruParams, gru, lengthMask, meanLoss, noRandom } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { type BenchModel, crossEntropy, dense, type HostTensor, labels, noise, parameters } from './model.ts';

/** Log-mel [16, 300, 80] → two 3×3 convolutions of stride 2 → 128 → two BiGRU 96: characters (CTC) and an emotion. */
export function crnn({ batch = 16, frames = 300, classes = 29, longest = 30, units = 96 } = {}): BenchModel {
  const { all, normal, fill } = parameters(7);
  const kernel = (name: string, shape: readonly number[], fanIn: number) => {
    normal(`${name}.kernel`, shape, Math.sqrt(2 / fanIn));
    fill(`${name}.bias`, shape.slice(-1), 0);
  };
  kernel('first', [3, 3, 1, 32], 9);
  kernel('second', [3, 3, 32, 32], 288);
  kernel('project', [640, 128], 640);
  const layer = bidirectional(gru, { units });
  const recurrent = ['lower', 'upper'];
  for (const [index, name] of recurrent.entries()) {
    const { params } = layer.init(key(index), [0, index === 0 ? 128 : 2 * units]);
    for (const [path, tensor] of leaves<HostTensor>(params as never)) all[`${name}.${path}`] = tensor;
  }
  kernel('characters', [2 * units, classes], 2 * units);
  kernel('score', [2 * units, 64], 2 * units);
  kernel('context', [64, 1], 64);
  kernel('hidden', [4 * units, 64], 4 * units);
  kernel('emotion', [64, 4], 64);

  const rows = [...Array(batch).keys()];
  const time = Math.ceil(frames / 4);
  const ints = (shape: readonly number[], values: readonly number[]) => hostTensor('int32', shape, values);
  const target = Array.from({ length: batch * longest }, (_, index) => 1 + ((index * 7) % (classes - 1)));
  return {
    params: all,
    batch: (step) => ({
      features: noise(step, [batch, frames, 80]),
      lengths: ints(
        [batch],
        rows.map((row) => Math.ceil((frames - 4 * (row % 16)) / 4)),
      ),
      text: ints([batch, longest], target),
      textLengths: ints(
        [batch],
        rows.map((row) => 10 + (row % (longest - 10))),
      ),
      emotion: labels(batch, 4),
    }),
    losses(params, { features, lengths, text, textLengths, emotion }) {
      const linear = (x: tf.Tensor, name: string) => dense(x, params[`${name}.kernel`]!, params[`${name}.bias`]!);
      const convolved = (x: tf.Tensor, name: string) =>
        tf.relu(
          tf.add(tf.conv2d(x as tf.Tensor4D, params[`${name}.kernel`] as tf.Tensor4D, 2, 1), params[`${name}.bias`]!),
        );
      const image = convolved(convolved(tf.expandDims(features!, 3), 'first'), 'second');
      const projected = tf.relu(linear(tf.reshape(image, [batch * time, 640]), 'project'));
      let sequence = { values: tf.reshape(projected, [batch, time, 128]), lengths: lengths! };
      for (const name of recurrent) {
        const direction = (side: string) =>
          Object.fromEntries(
            ['inputWeight', 'recurrentWeight', 'inputBias', 'recurrentBias'].map((part) => [
              part,
              params[`${name}.${side}.${part}`]!,
            ]),
          ) as GruParams;
        const own = { forward: direction('forward'), backward: direction('backward') };
        sequence = layer.apply(own, sequence, context('train', noRandom));
      }
      const states = tf.reshape(sequence.values, [batch * time, 2 * units]);
      const logits = tf.reshape(linear(states, 'characters'), [batch, time, classes]);
      const characters = ctc(logits, text!, { logitLengths: lengths!, labelLengths: textLengths! });

      const scores = tf.reshape(linear(tf.tanh(linear(states, 'score')), 'context'), [batch, time]);
      const hidden = tf.mul(tf.sub(1, lengthMask(lengths!, time)), -1e9);
      const weights = tf.reshape(tf.softmax(tf.add(scores, hidden)), [batch, 1, time]);
      const average = (values: tf.Tensor) => tf.reshape(tf.matMul(weights, values), [batch, 2 * units]);
      const mean = average(sequence.values);
      const variance = tf.sub(average(tf.square(sequence.values)), tf.square(mean));
      const pooled = tf.concat([mean, tf.sqrt(tf.maximum(variance, 1e-6))], 1);
      const kinds = linear(tf.relu(linear(pooled, 'hidden')), 'emotion');
      return { losses: [meanLoss(characters), crossEntropy(kinds, emotion!)] };
    },
  };
}
