import { equal, uncertainty } from '@polytask/balance';
import { fold, type HostTensor, key, mapTree } from '@polytask/base';
import { type AnyTask, defineModel, gradients, type Layer } from '@polytask/core';
import { ngramEncoder, transformerEncoder } from '@polytask/encoders';
import { compile, type Device } from '@polytask/engine';
import { classify } from '@polytask/heads';
import { type AnyModel, adam, type Batch, type HostTree, type StepOptions, trainingStep } from '@polytask/train';
import * as tf from '@tensorflow/tfjs-core';
import { cnn } from '../bench/engine/cnn.ts';

/* The programs that Node and the page both run: 20 steps each, from the same keys. They know nothing of where they run. */

/** The losses of all steps, task by task. */
type Training = (device: Device) => Promise<number[]>;

export type Row = { readonly text: string; readonly topic: string | null; readonly sentiment: string | null };

export const steps = 20;
const batchSize = 16;
export const rowCount = 4 * batchSize;

type AnyEncoder = {
  fit(texts: readonly string[], source: ReturnType<typeof key>): unknown;
  encode(text: string, spec: never): Int32Array;
  collate(
    list: readonly Int32Array[],
    shape: { size: number; width: number },
    spec: never,
  ): Readonly<Record<string, HostTensor>>;
  layer(spec: never): { layer: Layer<never, never>; inputShape: readonly number[] };
};

/** A model of two tasks on news headlines, from the encoder to the balancer of the losses. */
function news(rows: readonly Row[], encoder: AnyEncoder, width: number, balancer: StepOptions['balancer']): Training {
  const head = classify();
  const names = ['topic', 'sentiment'] as const;
  const spec = encoder.fit(
    rows.map(({ text }) => text),
    key(1),
  ) as never;
  const { layer, inputShape } = encoder.layer(spec);
  const specs = names.map((name) => head.fit(rows.map((row) => row[name])));
  const tasks = Object.fromEntries(names.map((name, index): [string, AnyTask] => [name, head.task(specs[index]!)]));
  const model: AnyModel = defineModel({ encoder: layer as never, inputShape, tasks });
  const batchOf = (part: readonly Row[]): Batch => {
    const targets = names.map((name, index) =>
      head.target(
        part.map((row) => row[name]),
        specs[index]!,
      ),
    );
    const byName = <T>(value: (index: number) => T) => Object.fromEntries(names.map((name, at) => [name, value(at)]));
    return {
      inputs: encoder.collate(
        part.map(({ text }) => encoder.encode(text, spec).slice(0, width)),
        { size: batchSize, width },
        spec,
      ),
      targets: byName((index) => targets[index]!.tensors as HostTree),
      counts: byName((index) => targets[index]!.count),
      size: batchSize,
      epoch: 0,
      last: false,
    };
  };
  const batches = [0, 1, 2, 3].map((index) => batchOf(rows.slice(index * batchSize, (index + 1) * batchSize)));

  return async (device) => {
    await using step = trainingStep({ model, optimizer: adam(), balancer, device });
    let state = step.init(key(2));
    const losses: number[] = [];
    for (let index = 0; index < steps; index++) {
      const now = { learningRate: 0.01, key: fold(key(3), index) };
      const done = await step.run(state, [batches[index % batches.length]!], now);
      state = done.state;
      losses.push(...names.map((name) => done.report.losses[name]!));
    }
    return losses;
  };
}

/** Convolutions and pools with plain gradient descent, as a program of one's own. */
const images: Training = async (device) => {
  const model = cnn({ batch: 4, size: 8 });
  await using program = compile(
    (params: Record<string, tf.Tensor>, batch: Record<string, tf.Tensor>) => {
      let losses!: tf.Tensor;
      const { gradients: slopes } = gradients(() => {
        losses = tf.stack([...model.losses(params, batch, undefined as never, {}).losses]);
        return tf.sum(losses);
      }, params);
      const moved = mapTree(params as never, (param: never, path: string) =>
        tf.sub(param, tf.mul(slopes[path]!, 0.002)),
      ) as Record<string, tf.Tensor>;
      return { losses, params: moved };
    },
    { device, donate: [0], resident: ['params'] },
  );
  let params: unknown = mapTree(model.params as never, (tensor: HostTensor) => tensor);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const done = await program.run(params as never, model.batch(step));
    losses.push(...(done.losses as HostTensor).data);
    params = done.params;
  }
  return losses;
};

const trainings = (rows: readonly Row[]): Readonly<Record<string, Training>> => ({
  'n-grams': news(
    rows,
    ngramEncoder({ buckets: 128, width: 16, combine: 'mean', itemDropout: 0, dropout: 0.2, hidden: [] }) as never,
    32,
    uncertainty(),
  ),
  Transformer: news(
    rows,
    transformerEncoder({ layers: 1, width: 16, heads: 2, vocabulary: 300, maxLength: 16, dropout: 0.1 }) as never,
    16,
    equal(),
  ),
  CNN: images,
});

/** By training: the losses of all its steps. */
export type Losses = Record<string, number[]>;

export async function lossesOn(device: Device, rows: readonly Row[]): Promise<Losses> {
  const losses: Losses = {};
  for (const [name, train] of Object.entries(trainings(rows))) losses[name] = await train(device);
  return losses;
}
