import { type HostTensor, hostTensor, key, normal } from '@polytask/base';
import { gradients, softmaxCrossEntropy } from '@polytask/core';
import { compile, type Device } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';

export type Probe = {
  /** A product of two matrices of 256 × 256, the fastest of five. */
  readonly matrixProductMs: number;
  /** The largest difference of an entry from the product in float64. */
  readonly matrixProductError: number;
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
  const product = await tryMatrixProduct(device);
  const { trainingStepMs, losses } = await train(device);
  if (!(losses[1] < losses[0])) throw new Error(`ten training steps took the loss from ${losses[0]} to ${losses[1]}`);
  return { ...product, trainingStepMs, losses };
}

async function tryMatrixProduct(device: Device): Promise<Pick<Probe, 'matrixProductMs' | 'matrixProductError'>> {
  const size = 256;
  const [left, right] = [tensor(1, [size, size], 1), tensor(2, [size, size], 1)];
  await using program = compile((a: tf.Tensor2D, b: tf.Tensor2D) => ({ product: tf.matMul(a, b) }), { device });
  const { product } = await program.run(left, right);
  const matrixProductError = largestDifference(product.data, left.data, right.data, size);
  // GPUs may round the factors to 10 bits.
  if (!(matrixProductError < 0.1)) throw new Error(`a matrix product is wrong by ${matrixProductError}`);
  return { matrixProductMs: await fastest(5, () => program.run(left, right)), matrixProductError };
}

type Numbers = ArrayLike<number>;

function largestDifference(found: Numbers, left: Numbers, right: Numbers, size: number): number {
  let largest = 0;
  for (let row = 0; row < size; row++) {
    const sums = new Float64Array(size);
    for (let at = 0; at < size; at++) {
      const factor = left[row * size + at]!;
      for (let column = 0; column < size; column++) sums[column]! += factor * right[at * size + column]!;
    }
    // not a maximum of two, which a NaN would slip through
    for (const [column, sum] of sums.entries()) {
      const difference = Math.abs(found[row * size + column]! - sum);
      if (!(difference <= largest)) largest = difference;
    }
  }
  return largest;
}

/** Trains a small network on one batch. */
export async function train(device: Device, steps = 11): Promise<Pick<Probe, 'trainingStepMs' | 'losses'>> {
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
  const trainingStepMs = await fastest(steps, async () => {
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
