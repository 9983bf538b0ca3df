import { uncertainty } from '@polytask/balance';
import { fold, type HostTensor, hostTensor, key, leaves, normal, uniform } from '@polytask/base';
import { defineModel, dense, embeddingBag, sequential, softmaxCrossEntropy, squaredError } from '@polytask/core';
import { openDevice, type Resident, read } from '@polytask/engine';
import type * as tf from '@tensorflow/tfjs-core';
import type { Batch } from '../batch.ts';
import type { Exchange } from '../exchange.ts';
import { chain } from '../optimizers/chain.ts';
import { clipByGlobalNorm } from '../optimizers/clip.ts';
import { adamw } from '../optimizers/presets.ts';
import { trainingStep } from '../step.ts';
import type { StepReport } from '../step-report.ts';

export const steps = 20;
const [rows, words, vocabulary] = [8, 4, 30];

const model = () =>
  defineModel({
    encoder: sequential({
      words: embeddingBag({ count: vocabulary, width: 6 }),
      hidden: dense({ units: 8, activation: 'tanh' }),
    }),
    inputShape: [words],
    tasks: {
      topic: {
        layer: dense({ units: 3 }),
        loss: (logits: tf.Tensor, { labels }: { labels: tf.Tensor }) => softmaxCrossEntropy(logits, labels),
      },
      score: {
        layer: dense({ units: 1 }),
        loss: (guess: tf.Tensor, { values, present }: { values: tf.Tensor; present: tf.Tensor }) =>
          squaredError(guess, values, { present }),
      },
    },
  });

/** Rows `from` to `to` of the batch of a step. About every third label is missing; in every fifth step one task has labels in the first half only. */
function batchOf(step: number, from: number, to: number): Batch {
  const seed = fold(key(5), step);
  const draw = (name: string, count: number) => uniform(fold(seed, name), count);
  const cut = <Values extends Int32Array | Float32Array>(values: Values, width = 1) =>
    values.slice(from * width, to * width) as Values;
  const isLonely = step % 5 === 3;
  const missing = draw('missing', rows);
  const labels = cut(Int32Array.from(draw('labels', rows), (u, row) => (missing[row]! < 0.3 ? -1 : Math.floor(u * 3))));
  const scored = draw('scored', rows);
  const present = cut(
    Int32Array.from({ length: rows }, (_, row) => Number(isLonely ? row < rows / 2 : scored[row]! > 0.4)),
  );
  const ids = Int32Array.from(draw('ids', rows * words), (u) => Math.floor(u * vocabulary));
  const size = to - from;
  return {
    inputs: {
      ids: hostTensor('int32', [size, words], cut(ids, words)),
      lengths: hostTensor('int32', [size], new Int32Array(size).fill(words)),
    },
    targets: {
      topic: { labels: hostTensor('int32', [size], labels) },
      score: {
        values: hostTensor('float32', [size, 1], cut(normal(fold(seed, 'values'), rows))),
        present: hostTensor('int32', [size], present),
      },
    },
    counts: {
      topic: labels.filter((label) => label >= 0).length,
      score: present.filter((flag) => flag === 1).length,
    },
    size,
    epoch: 0,
    last: false,
  };
}

export type Trained = {
  readonly params: Readonly<Record<string, readonly number[]>>;
  readonly reports: readonly StepReport[];
  /** Steps in which this process had no label of a task. */
  readonly absent: number;
};

/** Trains on a share of the rows, half each when there are two. The balancer learns from the losses, so these must be shared too. */
export async function train(rank = 0, ranks = 1, exchange?: Exchange): Promise<Trained> {
  const device = await openDevice('onnx', { threads: 1 });
  await using step = trainingStep({
    model: model() as never,
    optimizer: chain(clipByGlobalNorm(0.5), adamw({ weightDecay: 0.1, epsilon: 1e-4 })),
    balancer: uncertainty({ kinds: 'regression', learningRate: 0.05 }),
    device,
    ...(exchange && { exchange }),
  });
  let state = step.init(key(1));
  const reports: StepReport[] = [];
  let absent = 0;
  for (let index = 0; index < steps; index++) {
    const batch = batchOf(index, (rows / ranks) * rank, (rows / ranks) * (rank + 1));
    if (Object.values(batch.counts).includes(0)) absent++;
    const done = await step.run(state, [batch], { learningRate: 0.02, key: fold(key(2), index) });
    state = done.state;
    reports.push(done.report);
  }
  const params = leaves<HostTensor | Resident>((await read(state.params as never)) as never);
  return {
    params: Object.fromEntries(params.map(([path, tensor]) => [path, [...(tensor as HostTensor).data]])),
    reports,
    absent,
  };
}
