import { type HostTensor, hostTensor, key, normal } from '@polytask/base';
import { gradients, softmaxCrossEntropy } from '@polytask/core';
import { compile, type Device } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';

export type Probe = {
  /** A product of two matrices of 256 × 256, the fastest of five. */
  readonly matrixProductMs: number;
  /** A training step of a small network, the fastest of ten. */
  readonly trainingStepMs: number;
  /** Before and after ten steps. */
  readonly losses: readonly [first: number, last: number];
};

const [batch, features, units, classes] = [64, 128, 128, 4];

const tensor = (label: number, shape: readonly number[], scale: number): HostTensor =>
  hostTensor(
    'float32',
    shape,
    normal(
      key(label),
      shape.reduce((size, length) => size * length, 1),
    ).map((value) => value * scale),
  );

/** Does what training does, in small, and checks that it is right. @throws Error when a result is wrong. */
export async function probe(device: Device): Promise<Probe> {
  const [matrixProductMs, { trainingStepMs, losses }] = [await timeMatrixProduct(device), await train(device)];
  if (!(losses[1] < losses[0])) throw new Error(`ten training steps took the loss from ${losses[0]} to ${losses[1]}`);
  return { matrixProductMs, trainingStepMs, losses };
}

async function timeMatrixProduct(device: Device): Promise<number> {
  const [left, right] = [tensor(1, [256, 256], 1), tensor(2, [256, 256], 1)];
  await using product = compile((a: tf.Tensor2D, b: tf.Tensor2D) => ({ product: tf.matMul(a, b) }), { device });
  const first = (await product.run(left, right)).product;
  let expected = 0;
  for (let at = 0; at < 256; at++) expected += left.data[at]! * right.data[at * 256]!;
  if (!(Math.abs(first.data[0]! - expected) < 1e-2))
    throw new Error(`a matrix product is wrong: ${first.data[0]} in place of ${expected}`);
  return await fastest(5, () => product.run(left, right));
}

async function train(device: Device): Promise<Pick<Probe, 'trainingStepMs' | 'losses'>> {
  const inputs = tensor(3, [batch, features], 1);
  const labels = hostTensor(
    'int32',
    [batch],
    Array.from({ length: batch }, (_, row) => row % classes),
  );
  let params = { hidden: tensor(4, [features, units], 0.1), output: tensor(5, [units, classes], 0.1) };
  await using step = compile(
    (weights: { hidden: tf.Tensor2D; output: tf.Tensor2D }, given: { inputs: tf.Tensor2D; labels: tf.Tensor1D }) => {
      const loss = () => {
        const { sum, count } = softmaxCrossEntropy(
          tf.matMul(tf.relu(tf.matMul(given.inputs, weights.hidden)), weights.output),
          given.labels,
        );
        return tf.div(sum, count);
      };
      const { value, gradients: slopes } = gradients(loss, weights);
      const moved = (weight: tf.Tensor, slope: tf.Tensor | null) =>
        slope ? tf.sub(weight, tf.mul(slope, 0.1)) : weight;
      return {
        loss: value,
        hidden: moved(weights.hidden, slopes.hidden),
        output: moved(weights.output, slopes.output),
      };
    },
    { device },
  );
  const losses: number[] = [];
  const trainingStepMs = await fastest(11, async () => {
    const { loss, ...next } = await step.run(params, { inputs, labels });
    losses.push(loss.data[0]!);
    params = next;
  });
  return { trainingStepMs, losses: [losses[0]!, losses.at(-1)!] };
}

async function fastest(times: number, work: () => Promise<unknown>): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    await work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
