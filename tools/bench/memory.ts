/**
 * Resident memory over 2,000 training steps of a small recurrent model, whose loop is one operation: as one program, and cut at the weights,
 * where a balancer is shown the losses and the Gramian of each step.
 *
 *   pnpm --silent bench memory
 *
 * Prints one JSON object: MiB after 200, 1,000 and 2,000 steps, each after a garbage collection.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { fixed } from '@polytask/balance';
import { fold, hostTensor, key, normal } from '@polytask/base';
import {
  type BidirectionalParams,
  bidirectional,
  defineModel,
  dense,
  type GruParams,
  gru,
  type Layer,
  type Sequence,
  softmaxCrossEntropy,
} from '@polytask/core';
import { openDevice } from '@polytask/engine';
import { adam, type Batch, trainingStep } from '@polytask/train';
import * as tf from '@tensorflow/tfjs-core';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const [rows, time, features, classes] = [16, 20, 32, 4];
const marks = [200, 1000, 2000];

const recurrent = bidirectional(gru, { units: 64 });
const encoder: Layer<BidirectionalParams<GruParams>, Sequence, tf.Tensor> = {
  init: (seed, shape) => ({ ...recurrent.init(seed, shape), outputShape: [128] }),
  apply: (params, sequence, context) => tf.mean(recurrent.apply(params, sequence, context).values, 1),
};
const task = {
  layer: dense({ units: classes }),
  loss: (logits: tf.Tensor, { labels }: { labels: tf.Tensor }) => softmaxCrossEntropy(logits, labels),
};
const model = defineModel({ encoder, inputShape: [time, features], tasks: { first: task, second: task } });

function batchOf(step: number): Batch<'first' | 'second'> {
  const labels = hostTensor(
    'int32',
    [rows],
    Int32Array.from({ length: rows }, (_, row) => (row + step) % classes),
  );
  return {
    inputs: {
      values: hostTensor('float32', [rows, time, features], normal(fold(key(1), step), rows * time * features)),
      lengths: hostTensor('int32', [rows], new Int32Array(rows).fill(time - (step % 5))),
    },
    targets: { first: { labels }, second: { labels } },
    counts: { first: rows, second: rows },
    size: rows,
    epoch: 0,
    last: false,
  };
}

const known = fixed({ weights: [1, 0.5] });
const results: Record<string, number[]> = {};
for (const [name, balancer] of [
  ['whole', known],
  ['cut', { ...known, needs: 'gramian', knownBefore: false } as typeof known],
] as const) {
  await using step = trainingStep({
    model,
    optimizer: adam(),
    balancer,
    device: await openDevice('onnx', { threads: 1 }),
  });
  let state = step.init(key(2));
  const resident = () => process.memoryUsage().rss / 2 ** 20;
  const found: number[] = [];
  for (let index = 1; index <= marks.at(-1)!; index++) {
    ({ state } = await step.run(state, [batchOf(index)], { learningRate: 1e-3, key: fold(key(3), index) }));
    if (!marks.includes(index)) continue;
    collect();
    found.push(Math.round(resident()));
  }
  results[name] = found;
}
console.log(JSON.stringify({ steps: marks, ...results }));
