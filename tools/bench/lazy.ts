/**
 * One training step with a large embedding table: Adam on the whole table against lazy Adam on the rows of the batch.
 *
 *   pnpm --silent bench lazy
 *
 * Prints one JSON object: median milliseconds of each, the rounds of both alternating.
 */
import { availableParallelism } from 'node:os';
import { equal } from '@polytask/balance';
import { fold, hostTensor, key, uniform } from '@polytask/base';
import { defineModel, dense, embedding, softmaxCrossEntropy } from '@polytask/core';
import { openDevice } from '@polytask/engine';
import { adam, type Batch, lazy, type Transformation, trainingStep } from '@polytask/train';
import type * as tf from '@tensorflow/tfjs-core';

const size = { count: 200_000, width: 64, batch: 256 };
const [warmup, steps] = [3, 12];

const model = defineModel({
  encoder: embedding(size),
  inputShape: [],
  tasks: {
    kind: {
      layer: dense({ units: 4 }),
      loss: (logits: tf.Tensor, { labels }: { labels: tf.Tensor }) => softmaxCrossEntropy(logits, labels),
    },
  },
});

function batchOf(step: number): Batch<'kind'> {
  const draw = (name: string, below: number) =>
    hostTensor(
      'int32',
      [size.batch],
      Int32Array.from(uniform(fold(fold(key(1), step), name), size.batch), (u) => Math.floor(u * below)),
    );
  return {
    inputs: draw('ids', size.count),
    targets: { kind: { labels: draw('labels', 4) } },
    counts: { kind: size.batch },
    size: size.batch,
    epoch: 0,
    last: false,
  };
}

const threads = availableParallelism();

async function measure(optimizer: Transformation): Promise<number[]> {
  await using step = trainingStep({
    model,
    optimizer,
    balancer: equal(),
    device: await openDevice('onnx', { threads }),
  });
  let state = step.init(key(0));
  const times: number[] = [];
  for (let index = 0; index < warmup + steps; index++) {
    const batch = batchOf(index);
    const before = performance.now();
    state = (await step.run(state, [batch], { learningRate: 1e-3, key: fold(key(2), index) })).state;
    if (index >= warmup) times.push(performance.now() - before);
  }
  return times;
}

const times: Record<'dense' | 'lazy', number[]> = { dense: [], lazy: [] };
for (let round = 0; round < 2; round++) {
  times.dense.push(...(await measure(adam())));
  times.lazy.push(...(await measure(lazy(adam()))));
}
const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
const milliseconds = { dense: median(times.dense), lazy: median(times.lazy) };
console.log(JSON.stringify({ size, threads, milliseconds, ratio: milliseconds.lazy / milliseconds.dense }));
