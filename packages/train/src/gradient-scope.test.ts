import '@tensorflow/tfjs-backend-cpu';
import { fixed } from '@polytask/balance';
import { type HostTensor, key, leaves, mapTree } from '@polytask/base';
import {
  context,
  defineModel,
  dense,
  embedding,
  meanLoss,
  random,
  sequential,
  softmaxCrossEntropy,
} from '@polytask/core';
import { type Device, openDevice } from '@polytask/engine';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Batch } from './batch.ts';
import type { AnyModel } from './measure.ts';
import { lazy } from './optimizers/lazy.ts';
import { adam, sgd } from './optimizers/presets.ts';
import { trainingStep } from './step.ts';
import type { GradientScope } from './task-gradients.ts';
import { batchOf, largestDifference, spy, tasks, threeTasks, valuesOf } from './testing/three-tasks.fixture.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx');
});

const now = { learningRate: 0.1, key: key(3) };
const scopes = ['parameters', 'representation', 'last-layer'] as const;

/** The Gramian in float64 of gradients that tfjs computes eagerly. */
async function eagerGramian(params: unknown, batch: Batch, scope: GradientScope): Promise<number[][]> {
  await tf.setBackend('cpu');
  const tensor = ({ data, shape, dtype }: HostTensor) =>
    tf.tensor(data as Float32Array, [...shape], dtype as 'float32');
  const model = threeTasks();
  const onDevice = mapTree<HostTensor, tf.Tensor>(params as never, tensor);
  const [inputs, targets] = [
    tensor(batch.inputs as HostTensor),
    mapTree<HostTensor, tf.Tensor>(batch.targets as never, tensor),
  ];
  const inside = () => context('train', random(now.key));
  const loss = (task: string, representation: tf.Tensor) =>
    meanLoss(model.losses(onDevice as never, representation, targets as never, inside())[task]!) as tf.Scalar;
  const represent = () => model.represent(onDevice as never, inputs, inside());
  const wanted = {
    parameters: ['encoder.hidden.weight', 'encoder.hidden.bias', 'encoder.out.weight', 'encoder.out.bias'],
    'last-layer': ['encoder.out.weight', 'encoder.out.bias'],
    representation: [],
  }[scope];
  const all = new Map(leaves<tf.Tensor>(onDevice as never));
  const rows = tasks.map((task) => {
    if (scope === 'representation')
      return [
        ...tf
          .grad((value) => loss(task, value))(represent())
          .dataSync(),
      ];
    const found = tf.grads(() => loss(task, represent()))(wanted.map((path) => all.get(path)!));
    return found.flatMap((gradient) => [...gradient.dataSync()]);
  });
  return rows.map((left) => rows.map((right) => left.reduce((sum, value, at) => sum + value * right[at]!, 0)));
}

describe.each(scopes)('gradients: %s', (scope) => {
  test.each([undefined, 'tone'] as const)('the Gramian is that of eager gradients; absent: %s', async (absent) => {
    const { balancer, seen } = spy([1, 1, 1]);
    await using step = trainingStep({ model: threeTasks(), optimizer: sgd(), balancer, device, gradients: scope });
    const state = step.init(key(1));
    const batch = batchOf(absent && { absent });

    await step.run(state, [batch], now);

    const expected = await eagerGramian(state.params, batch, scope);
    const found = seen[0]!.gramian!;
    expect(expected[0]![0]).toBeGreaterThan(1e-4);
    for (const [i, row] of expected.entries())
      for (const [j, value] of row.entries())
        expect(Math.abs(found[i]![j]! - value)).toBeLessThanOrEqual(
          2e-6 * Math.sqrt(expected[i]![i]! * expected[j]![j]!),
        );
    if (absent) expect(found[1]).toEqual([0, 0, 0]);
  });

  test('the update is that of the weighted sum of the losses, regularisers and absent tasks included', async () => {
    const weights = [0.7, 2, 0.1];
    const batches = [batchOf(), batchOf({ absent: 'score', seed: 2 }), batchOf({ seed: 3 })];
    const train = async (balancer: Parameters<typeof trainingStep>[0]['balancer']) => {
      const model = threeTasks({ regularised: true });
      await using step = trainingStep({ model, optimizer: adam(), balancer, device, gradients: scope });
      let state = step.init(key(1));
      for (const batch of batches) ({ state } = await step.run(state, [batch], now));
      return valuesOf(state.params);
    };

    const known = await train(fixed({ weights }));
    const asked = await train(spy(weights).balancer);

    expect(largestDifference(known, asked)).toBeLessThan(2e-6);
  });

  test('only losses and the Gramian reach the host', async () => {
    const { balancer, seen } = spy([1, 1, 1]);
    await using step = trainingStep({ model: threeTasks(), optimizer: sgd(), balancer, device, gradients: scope });

    const { state } = await step.run(step.init(key(1)), [batchOf()], now);

    expect(Object.keys(seen[0]!).sort()).toEqual(['epoch', 'gramian', 'losses', 'present', 'step']);
    expect(seen[0]!.gramian!.flat()).toHaveLength(9);
    expect(leaves(state.params as never).every(([, value]) => !('data' in (value as object)))).toBe(true);
  });
});

test('without a scope the Gramian is that of the representation', async () => {
  const { balancer, seen } = spy([1, 1, 1]);
  await using step = trainingStep({ model: threeTasks(), optimizer: sgd(), balancer, device });
  const state = step.init(key(1));

  await step.run(state, [batchOf()], now);

  const expected = await eagerGramian(state.params, batchOf(), 'representation');
  expect(seen[0]!.gramian![0]![0]).toBeCloseTo(expected[0]![0]!, 6);
});

test('micro-batches add up to the Gramian of the whole batch at the representation', async () => {
  const { balancer, seen } = spy([1, 2, 3]);
  await using step = trainingStep({ model: threeTasks(), optimizer: sgd(), balancer, device });
  const whole = batchOf({ absent: 'tone' });
  const half = (from: number): Batch => {
    const cut = ({ dtype, shape, data }: HostTensor): HostTensor => {
      const width = data.length / shape[0]!;
      return { dtype, shape: [3, ...shape.slice(1)], data: data.slice(from * width, (from + 3) * width) };
    };
    const targets = mapTree<HostTensor, HostTensor>(whole.targets as never, cut) as Batch['targets'];
    const labels = (task: 'topic' | 'tone') =>
      ((targets[task] as { classes: HostTensor }).classes.data as Int32Array).filter((label) => label >= 0).length;
    const present = (targets.score as { present: HostTensor }).present.data as Int32Array;
    const counts = { topic: labels('topic'), tone: labels('tone'), score: present.filter((one) => one === 1).length };
    return { ...whole, inputs: cut(whole.inputs as HostTensor), targets, counts, size: 3 };
  };

  const once = await step.run(step.init(key(1)), [whole], now);
  const parts = await step.run(step.init(key(1)), [half(0), half(3)], now);

  expect(seen[1]!.gramian!.flat()).toHaveLength(9);
  seen[1]!.gramian!.flat().forEach((value, at) => {
    expect(value).toBeCloseTo(seen[0]!.gramian!.flat()[at]!, 6);
  });
  expect(largestDifference(await valuesOf(once.state.params), await valuesOf(parts.state.params))).toBeLessThan(1e-6);
  expect(parts.report.cosines![0]![2]).toBeCloseTo(once.report.cosines![0]![2]!, 5);
});

test('micro-batches have no Gramian of gradients with respect to parameters, and say so', async () => {
  const { balancer } = spy([1, 1, 1]);
  await using step = trainingStep({ model: threeTasks(), optimizer: sgd(), balancer, device, gradients: 'parameters' });

  await expect(step.run(step.init(key(1)), [batchOf(), batchOf({ seed: 2 })], now)).rejects.toMatchObject({
    problems: [{ code: 'E4002' }],
  });
});

test('tables are updated by rows in every scope', async () => {
  const task = {
    layer: dense({ units: 2 }),
    loss: (logits: tf.Tensor, { classes }: { classes: tf.Tensor }) => softmaxCrossEntropy(logits, classes),
  };
  const table = embedding({ count: 10, width: 3 });
  const mean = { init: () => ({ params: {}, outputShape: [3] }), apply: (_: object, x: tf.Tensor) => tf.mean(x, 1) };
  const encoder = sequential({ table: table as never, mean: mean as never });
  const model = defineModel({ encoder: encoder as never, inputShape: [2], tasks: { one: task, two: task } });
  const labels = { classes: { dtype: 'int32', shape: [2], data: Int32Array.of(0, 1) } } as const;
  const batch: Batch = {
    inputs: { dtype: 'int32', shape: [2, 2], data: Int32Array.of(1, 2, 3, 1) },
    targets: { one: labels, two: { classes: { ...labels.classes, data: Int32Array.of(1, 1) } } },
    counts: { one: 2, two: 2 },
    size: 2,
    epoch: 0,
    last: false,
  };
  for (const scope of scopes) {
    const { balancer } = spy([1, 1]);
    await using step = trainingStep({ model, optimizer: lazy(adam()), balancer, device, gradients: scope });
    let state = step.init(key(1));
    const before = await valuesOf(state.params);
    for (let index = 0; index < 2; index++) ({ state } = await step.run(state, [batch], now));
    const after = await valuesOf(state.params);
    const moved = Object.entries(after).find(([path]) => path.includes('table'))!;
    const rows = Array.from({ length: 10 }, (_, row) => moved[1].slice(3 * row, 3 * row + 3));
    const changed = rows.flatMap((row, at) =>
      String(row) === String(before[moved[0]]!.slice(3 * at, 3 * at + 3)) ? [] : [at],
    );
    expect(changed).toEqual([1, 2, 3]);
  }
});

test('a model without a shared layer has no gradients of parameters to compare', async () => {
  const alone = threeTasks();
  const represent = (_: unknown, inputs: tf.Tensor) => tf.concat([inputs, tf.sum(inputs, 1, true)], 1);
  const bare = { ...alone, represent } as AnyModel;
  for (const gradients of ['parameters', 'last-layer'] as const) {
    const { balancer } = spy([1, 1, 1]);
    await using step = trainingStep({ model: bare, optimizer: sgd(), balancer, device, gradients });
    await expect(step.run(step.init(key(1)), [batchOf()], now)).rejects.toMatchObject({
      problems: [{ code: 'E4006' }],
    });
  }
});
