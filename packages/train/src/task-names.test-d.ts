import { equal } from '@polytask/balance';
import { key } from '@polytask/base';
import { defineModel, dense, softmaxCrossEntropy } from '@polytask/core';
import type { Device } from '@polytask/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { expectTypeOf } from 'vitest';
import type { Batch, BatchSource } from './batch.ts';
import { evaluate, type Inference, type LabelledBatch } from './evaluate.ts';
import { fit } from './fit.ts';
import { adam } from './optimizers/presets.ts';
import { trainingStep } from './step.ts';

// Task names flow from the model to batches, reports, evaluations and judges: an old name left anywhere does not compile.

const task = {
  layer: dense({ units: 2 }),
  loss: (logits: tf.Tensor, { labels }: { labels: tf.Tensor }) => softmaxCrossEntropy(logits, labels),
};
const model = defineModel({ encoder: dense({ units: 4 }), inputShape: [2], tasks: { topic: task, sentiment: task } });
declare const device: Device;
declare const programs: Inference;

const step = trainingStep({ model, optimizer: adam(), balancer: equal(), device });
type Names = 'topic' | 'sentiment';

export async function names(batches: BatchSource<Names>, batch: Batch<Names>, other: Batch<'topic' | 'mood'>) {
  const { report } = await step.run(step.init(key(1)), [batch], { learningRate: 1, key: key(2) });
  expectTypeOf(report.losses).toEqualTypeOf<Readonly<Record<Names, number | null>>>();
  expectTypeOf(report.weights.sentiment).toEqualTypeOf<number>();
  // @ts-expect-error the model has no task `mood`
  report.losses.mood;
  // @ts-expect-error a batch of other tasks
  await step.run(step.init(key(1)), [other], { learningRate: 1, key: key(2) });

  for await (const event of fit({ step, state: step.init(key(1)), batches, steps: 1, learningRate: 1, key: key(2) })) {
    if (event.type === 'evaluation') expectTypeOf(event.result.topic.loss).toEqualTypeOf<number | null>();
    // @ts-expect-error the model has no task `mood`
    if (event.type === 'step') event.report.losses.mood;
  }
}

export async function judged(batches: LabelledBatch<Names>[]) {
  const judge = { predict: () => [], metrics: {} };
  const result = await evaluate(programs, { params: {}, batches, judges: { topic: judge, sentiment: judge } });
  expectTypeOf(result.topic.labels).toEqualTypeOf<number>();
  // @ts-expect-error the batches have no labels of `mood`
  await evaluate(programs, { params: {}, batches, judges: { topic: judge, mood: judge } });
}
