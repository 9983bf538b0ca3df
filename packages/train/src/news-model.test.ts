import { readFileSync } from 'node:fs';
import { equal } from '@polytask/balance';
import { fold, type HostTensor, keepMask, keepProbability, key, leaves } from '@polytask/base';
import { type AnyTask, defineModel, type Layer } from '@polytask/core';
import { ngramEncoder, transformerEncoder } from '@polytask/encoders';
import { type Device, openDevice } from '@polytask/engine';
import { classify } from '@polytask/heads';
import { expect, test } from 'vitest';
import type { Batch, HostTree } from './batch.ts';
import type { AnyModel } from './measure.ts';
import { adam } from './optimizers/presets.ts';
import { trainingStep } from './step.ts';

/**
 * The news model takes the same 20 steps on every device, and those that a float64 reference takes, which shares nothing with the library
 * but the numbers drawn from the key.
 */
const steps = 20;
const batchSize = 16;
const learningRate = 0.01;

type Row = { text: string; topic: string | null; sentiment: string | null };
const rows = readFileSync(new URL('../../../examples/news/headlines.jsonl', import.meta.url), 'utf8')
  .split('\n')
  .slice(0, 4 * batchSize)
  .map((line) => JSON.parse(line) as Row);
const texts = rows.map(({ text }) => text);

const head = classify();
const specs = {
  topic: head.fit(rows.map(({ topic }) => topic)),
  sentiment: head.fit(rows.map(({ sentiment }) => sentiment)),
};

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

function setUp(encoder: AnyEncoder, width: number) {
  const spec = encoder.fit(texts, key(1)) as never;
  const { layer, inputShape } = encoder.layer(spec);
  const tasks: Record<string, AnyTask> = { topic: head.task(specs.topic), sentiment: head.task(specs.sentiment) };
  const model: AnyModel = defineModel({ encoder: layer as never, inputShape, tasks });
  const batches = [0, 1, 2, 3].map((index): Batch => {
    const part = rows.slice(index * batchSize, (index + 1) * batchSize);
    const topic = head.target(
      part.map((row) => row.topic),
      specs.topic,
    );
    const sentiment = head.target(
      part.map((row) => row.sentiment),
      specs.sentiment,
    );
    const encoded = part.map(({ text }) => encoder.encode(text, spec).slice(0, width));
    return {
      inputs: encoder.collate(encoded, { size: batchSize, width }, spec),
      targets: { topic: topic.tensors as HostTree, sentiment: sentiment.tensors as HostTree },
      counts: { topic: topic.count, sentiment: sentiment.count },
      size: batchSize,
      epoch: 0,
      last: false,
    };
  });
  return { model, batches };
}

const ngrams = setUp(
  ngramEncoder({ buckets: 128, width: 16, combine: 'mean', itemDropout: 0, dropout: 0.2, hidden: [] }) as never,
  32,
);
const transformer = setUp(
  transformerEncoder({ layers: 2, width: 16, heads: 2, vocabulary: 300, maxLength: 16, dropout: 0.1 }) as never,
  16,
);

const stepKey = (step: number) => fold(key(3), step);

async function lossesOn(device: Device, { model, batches }: typeof ngrams): Promise<number[][]> {
  await using step = trainingStep({ model, optimizer: adam(), balancer: equal(), device });
  let state = step.init(key(2));
  const losses: number[][] = [];
  for (let index = 0; index < steps; index++) {
    const done = await step.run(state, [batches[index % batches.length]!], { learningRate, key: stepKey(index) });
    state = done.state;
    losses.push([done.report.losses.topic!, done.report.losses.sentiment!]);
  }
  return losses;
}

const largestDifference = (a: readonly (readonly number[])[], b: readonly (readonly number[])[]) =>
  Math.max(...a.flatMap((list, step) => list.map((value, task) => Math.abs(value - b[step]![task]!))));

test.each([
  ['n-grams', ngrams],
  ['Transformer', transformer],
] as const)('20 steps of the news model with %s are the same on every device', async (_, model) => {
  const reference = await lossesOn(await openDevice('onnx'), model);

  for (const name of ['onnx-web', 'wasm', 'cpu']) {
    expect(largestDifference(await lossesOn(await openDevice(name), model), reference), name).toBeLessThan(1e-3);
  }
  expect(reference.at(-1)![0]).toBeLessThan(reference[0]![0]!);
});

test('20 steps of the news model with n-grams are those of a float64 reference', async () => {
  const reference = referenceLosses();

  expect(largestDifference(await lossesOn(await openDevice('onnx'), ngrams), reference)).toBeLessThan(1e-3);
});

/** Mean of embeddings, dropout, one linear layer and softmax per task, Adam: forward and backward by hand, in float64. */
function referenceLosses(): number[][] {
  const initial = new Map(leaves<HostTensor>(ngrams.model.init(fold(key(2), 'parameters')) as never));
  const names = ['topic', 'sentiment'] as const;
  const path = { table: 'encoder.bag.table', topic: 'heads.topic.logits', sentiment: 'heads.sentiment.logits' };
  const values = Object.fromEntries([...initial].map(([name, { data }]) => [name, Float64Array.from(data)]));
  const moments = Object.fromEntries(
    Object.entries(values).map(([name, { length }]) => [
      name,
      [new Float64Array(length), new Float64Array(length)] as const,
    ]),
  );
  const width = initial.get(path.table)!.shape[1]!;
  const losses: number[][] = [];

  for (let step = 0; step < steps; step++) {
    const { inputs, targets } = ngrams.batches[step % ngrams.batches.length]!;
    const { ids, lengths } = inputs as Record<string, HostTensor>;
    const items = ids!.shape[1]!;
    const mask = keepMask(fold(fold(stepKey(step), 'encoder'), 'bag'), batchSize * width, 0.2);
    const gradients = Object.fromEntries(
      Object.entries(values).map(([name, { length }]) => [name, new Float64Array(length)]),
    );
    const bags = Array.from({ length: batchSize }, (_, row) =>
      Float64Array.from({ length: width }, (_, column) => {
        let sum = 0;
        for (let item = 0; item < lengths!.data[row]!; item++)
          sum += values[path.table]![ids!.data[row * items + item]! * width + column]!;
        return ((sum / Math.max(1, lengths!.data[row]!)) * mask[row * width + column]!) / keepProbability(0.2);
      }),
    );
    const bagGradients = bags.map(() => new Float64Array(width));
    losses.push(
      names.map((task) =>
        backward(task, bags, bagGradients, (targets[task] as { classes: HostTensor }).classes.data, gradients),
      ),
    );
    for (const [row, gradient] of bagGradients.entries()) {
      for (let item = 0; item < lengths!.data[row]!; item++) {
        for (let column = 0; column < width; column++) {
          const passed = (gradient[column]! * mask[row * width + column]!) / keepProbability(0.2) / lengths!.data[row]!;
          gradients[path.table]![ids!.data[row * items + item]! * width + column]! += passed;
        }
      }
    }
    for (const [name, gradient] of Object.entries(gradients))
      adamStep(values[name]!, gradient, moments[name]!, step + 1);
  }
  return losses;

  function backward(
    task: (typeof names)[number],
    bags: Float64Array[],
    bagGradients: Float64Array[],
    classes: ArrayLike<number>,
    gradients: Record<string, Float64Array>,
  ): number {
    const [weight, bias] = [`${path[task]}.weight`, `${path[task]}.bias`];
    const count = values[bias]!.length;
    const present = Array.from(classes).filter((label) => label >= 0).length;
    let loss = 0;
    for (const [row, bag] of bags.entries()) {
      if (classes[row]! < 0) continue;
      const logits = Array.from({ length: count }, (_, label) =>
        bag.reduce(
          (sum, value, column) => sum + value * values[weight]![column * count + label]!,
          values[bias]![label]!,
        ),
      );
      const highest = Math.max(...logits);
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - highest), 0);
      loss -= (logits[classes[row]!]! - highest - Math.log(total)) / present;
      for (const [label, logit] of logits.entries()) {
        const error = (Math.exp(logit - highest) / total - (label === classes[row] ? 1 : 0)) / present;
        gradients[bias]![label]! += error;
        for (let column = 0; column < width; column++) {
          gradients[weight]![column * count + label]! += error * bag[column]!;
          bagGradients[row]![column]! += error * values[weight]![column * count + label]!;
        }
      }
    }
    return loss;
  }
}

function adamStep(
  values: Float64Array,
  gradient: Float64Array,
  [mean, square]: readonly [Float64Array, Float64Array],
  count: number,
): void {
  for (let index = 0; index < values.length; index++) {
    mean[index] = 0.9 * mean[index]! + 0.1 * gradient[index]!;
    square[index] = 0.999 * square[index]! + 0.001 * gradient[index]! ** 2;
    const direction = mean[index]! / (1 - 0.9 ** count) / (Math.sqrt(square[index]! / (1 - 0.999 ** count)) + 1e-8);
    values[index] = values[index]! - learningRate * direction;
  }
}
