import { equal } from '@polytask/balance';
import { fold, type HostTensor, hostTensor, key, normal } from '@polytask/base';
import { defineModel, dense, softmaxCrossEntropy, softTargetCrossEntropy } from '@polytask/core';
import { openDevice } from '@polytask/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { Batch } from './batch.ts';
import { inference } from './evaluate.ts';
import { adam } from './optimizers/presets.ts';
import { type TrainState, trainingStep } from './step.ts';

const [rows, features, classes, temperature] = [128, 4, 4, 2];

/** A classifier of `units` hidden units that learns what `loss` makes of its logits. */
const classifier = <Target>(
  units: number,
  loss: (logits: tf.Tensor, target: Target) => ReturnType<typeof softmaxCrossEntropy>,
) =>
  defineModel({
    encoder: dense({ units, activation: 'tanh' }),
    inputShape: [features],
    tasks: { kind: { layer: dense({ units: classes }), loss: loss as never } },
  });

const points = (label: string) => hostTensor('float32', [rows, features], normal(fold(key(7), label), rows * features));

const batch = (inputs: HostTensor, target: Batch['targets'][string]): Batch => ({
  inputs,
  targets: { kind: target },
  counts: { kind: rows },
  size: rows,
  epoch: 0,
  last: false,
});

const rowsOf = ({ data }: HostTensor): number[][] =>
  Array.from({ length: rows }, (_, row) => [...data.slice(row * classes, (row + 1) * classes)]);
const largest = (values: readonly number[]) => values.indexOf(Math.max(...values));
const softmax = (values: readonly number[]) => {
  const powers = values.map((value) => Math.exp((value - Math.max(...values)) / temperature));
  const total = powers.reduce((sum, power) => sum + power, 0);
  return powers.map((power) => power / total);
};

test('a student that sees nothing but the soft targets of a teacher comes to agree with it on other inputs', async () => {
  const device = await openDevice('onnx');
  const train = async (
    model: ReturnType<typeof classifier>,
    steps: number,
    seed: number,
    next: (step: number) => Batch | Promise<Batch>,
  ) => {
    await using step = trainingStep({ model, optimizer: adam(), balancer: equal(), device });
    const start = step.init(key(seed));
    let state: TrainState = start;
    for (let index = 0; index < steps; index++)
      state = (await step.run(state, [await next(index)], { learningRate: 0.03, key: fold(key(2), index) })).state;
    return { start, state };
  };
  const logits = async (model: ReturnType<typeof classifier>, { params }: TrainState, inputs: HostTensor) =>
    rowsOf((await inference(model, device).predict.run(params, inputs)).outputs.kind!);

  // the class is the quadrant of the first two features
  const teacher = classifier(16, (made, { labels }: { labels: tf.Tensor }) => softmaxCrossEntropy(made, labels));
  const { state: taught } = await train(teacher, 60, 1, (step) => {
    const inputs = points(`teacher ${step}`);
    const labels = Array.from({ length: rows }, (_, row) => {
      const [x, y] = inputs.data.slice(row * features, row * features + 2) as Float32Array;
      return Number(x! > 0) + 2 * Number(y! > 0);
    });
    return batch(inputs, { labels: hostTensor('int32', [rows], labels) });
  });
  const student = classifier(6, (made, { probabilities }: { probabilities: tf.Tensor }) =>
    softTargetCrossEntropy(made, probabilities, { temperature }),
  );
  const { start, state: learned } = await train(student, 80, 3, async (step) => {
    const inputs = points(`student ${step}`);
    const probabilities = (await logits(teacher, taught, inputs)).flatMap(softmax);
    return batch(inputs, { probabilities: hostTensor('float32', [rows, classes], probabilities) });
  });

  const unseen = points('unseen');
  const answers = (await logits(teacher, taught, unseen)).map(largest);
  const agreement = async (state: TrainState) =>
    (await logits(student, state, unseen)).filter((row, index) => largest(row) === answers[index]).length / rows;
  expect(new Set(answers).size).toBe(classes);
  expect(await agreement(start)).toBeLessThan(0.6);
  expect(await agreement(learned)).toBeGreaterThan(0.9); // chance is 1/4
});
