import { equal, fixed, uncertainty } from '@polytask/balance';
import { type HostTensor, hostTensor, key, leaves, normal } from '@polytask/base';
import { type DenseParams, defineModel, dense, sequential, softmaxCrossEntropy, type Task } from '@polytask/core';
import { type Device, openDevice, type Resident, read } from '@polytask/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Batch } from './batch.ts';
import { chain } from './optimizers/chain.ts';
import { clipByGlobalNorm } from './optimizers/clip.ts';
import { lazy } from './optimizers/lazy.ts';
import { adamw, sgd } from './optimizers/presets.ts';
import { type TrainingStep, type TrainState, trainingStep } from './step.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx');
});

const classes = (count: number): Task<DenseParams, { classes: tf.Tensor }> => ({
  layer: dense({ units: count }),
  loss: (outputs, target) => softmaxCrossEntropy(outputs, target.classes),
});

const model = () =>
  defineModel({
    encoder: sequential({
      hidden: dense({ units: 5, activation: 'tanh' }),
      out: dense({ units: 4, activation: 'tanh' }),
    }),
    inputShape: [3],
    tasks: { topic: classes(3), sentiment: classes(2) },
  });

const features = (rows: number, seed = 1) => hostTensor('float32', [rows, 3], normal(key(seed), rows * 3));

/** A batch with these labels; −1 is a missing one. */
function batch(topic: readonly number[], sentiment: readonly number[], inputs = features(topic.length)): Batch {
  const target = (labels: readonly number[]) => ({ classes: hostTensor('int32', [labels.length], labels) });
  const count = (labels: readonly number[]) => labels.filter((label) => label >= 0).length;
  return {
    inputs,
    targets: { topic: target(topic), sentiment: target(sentiment) },
    counts: { topic: count(topic), sentiment: count(sentiment) },
    size: topic.length,
    epoch: 0,
    last: false,
  };
}

const make = (options: Partial<Parameters<typeof trainingStep>[0]> = {}) =>
  trainingStep({ model: model(), optimizer: sgd(), balancer: equal(), device, ...options });

const now = { learningRate: 0.5, key: key(3) };

async function values(state: TrainState): Promise<Record<string, number[]>> {
  const host = await read(state.params as never);
  return Object.fromEntries(
    leaves<HostTensor | Resident>(host as never).map(([path, tensor]) => [path, [...(tensor as HostTensor).data]]),
  );
}

const largestDifference = (a: Record<string, number[]>, b: Record<string, number[]>) =>
  Math.max(
    ...Object.entries(a).flatMap(([path, list]) => list.map((value, index) => Math.abs(value - b[path]![index]!))),
  );

async function train(step: TrainingStep, groups: readonly (readonly Batch[])[]) {
  let state = step.init(key(1));
  const reports = [];
  for (const group of groups) {
    const done = await step.run(state, group, now);
    state = done.state;
    reports.push(done.report);
  }
  return { state, reports, params: await values(state) };
}

describe('a task without labels in a batch', () => {
  test('is absent: no loss, and its head keeps its value, moments and count without decay', async () => {
    const step = make({ optimizer: adamw({ weightDecay: 0.1 }) });
    const first = await train(step, [[batch([0, 1], [1, 0])]]);
    const slots = await read(first.state.slots as never);

    const { state, report } = await step.run(first.state, [batch([0, 1], [-1, -1])], now);

    const after = await values(state);
    expect(report.losses.sentiment).toBeNull();
    expect(report.losses.topic).toBeGreaterThan(0);
    expect(after['heads.sentiment.weight']).toEqual(first.params['heads.sentiment.weight']);
    expect(after['heads.topic.weight']).not.toEqual(first.params['heads.topic.weight']);
    const slotsAfter = new Map(leaves(await read(state.slots as never)));
    for (const [path, before] of leaves(slots)) {
      const own = slotsAfter.get(path) as HostTensor;
      if (path.includes('heads.sentiment')) expect([...own.data]).toEqual([...(before as HostTensor).data]);
    }
  });

  test('gives the step that the other task alone would take', async () => {
    const both = await train(make(), [[batch([0, 1, 2], [-1, -1, -1])]]);
    const alone = await train(make({ balancer: fixed({ weights: [1, 0] }) }), [[batch([0, 1, 2], [1, 0, 1])]]);

    expect(largestDifference(both.params, alone.params)).toBe(0);
  });

  test('makes no step at all when it is every task', async () => {
    const step = make({ optimizer: adamw() });
    const before = step.init(key(1));

    const { state, report } = await step.run(before, [batch([-1, -1], [-1, -1])], now);

    expect(state).toEqual({ ...before, step: 1 });
    expect(report.losses).toEqual({ topic: null, sentiment: null });
    expect(report.status.kind).toBe('degenerate');
  });
});

test('a row without a label changes nothing: the batch may as well be without it', async () => {
  const inputs = features(3);
  const two = hostTensor('float32', [2, 3], inputs.data.slice(0, 6));

  const padded = await train(make(), [[batch([0, 1, -1], [1, -1, -1], inputs)]]);
  const plain = await train(make(), [[batch([0, 1], [1, -1], two)]]);

  expect(largestDifference(padded.params, plain.params)).toBeLessThan(1e-7);
});

test('micro-batches with missing labels add up to the big batch', async () => {
  const inputs = features(4);
  const part = (rows: number) => hostTensor('float32', [2, 3], inputs.data.slice(rows * 3, rows * 3 + 6));
  const optimizer = chain(clipByGlobalNorm(0.1), adamw());

  const whole = await train(make({ optimizer }), [[batch([0, -1, 2, 1], [1, 0, -1, -1], inputs)]]);
  const parts = await train(make({ optimizer }), [[batch([0, -1], [1, 0], part(0)), batch([2, 1], [-1, -1], part(2))]]);

  expect(largestDifference(whole.params, parts.params)).toBeLessThan(1e-6);
  expect(parts.reports[0]!.losses.topic).toBeCloseTo(whole.reports[0]!.losses.topic!, 6);
});

test('an exchange stands between the gradients and their use', async () => {
  const inputs = batch([0, 1], [1, 0]);
  const plain = await train(make(), [[inputs]]);
  let seen: readonly string[] = [];

  const exchanged = await train(
    make({
      exchange: async (gradients) => {
        seen = Object.keys(gradients);
        return gradients;
      },
    }),
    [[inputs]],
  );

  expect(seen).toContain('encoder.hidden.weight');
  expect(largestDifference(plain.params, exchanged.params)).toBeLessThan(1e-7);
});

test('weights known before the step and weights handed over in its middle give the same step', async () => {
  const weights = [0.3, 2];
  const early = fixed({ weights });
  const late = {
    ...early,
    knownBefore: false,
    weigh: ({ losses, present }: { losses: readonly number[]; present: readonly boolean[] }) => {
      expect(losses.every(Number.isFinite)).toBe(true);
      return {
        weights: present.map((is, task) => (is ? weights[task]! : 0)),
        state: {},
        status: { kind: 'ok' as const },
      };
    },
  };
  const batches = [[batch([0, 1], [1, 0])], [batch([2, 1], [-1, -1])], [batch([2, 0], [0, 0])]];

  const fused = await train(make({ balancer: early }), batches);
  const cut = await train(make({ balancer: late as never }), batches);

  expect(largestDifference(fused.params, cut.params)).toBeLessThan(1e-7);
});

test('a balancer that needs it is shown the Gramian of the gradients with respect to the representation', async () => {
  let gramian: readonly (readonly number[])[] = [];
  const curious = {
    name: 'curious',
    needs: 'gramian',
    knownBefore: false,
    init: () => ({}),
    weigh: (statistics: { gramian?: readonly (readonly number[])[] }) => {
      gramian = statistics.gramian!;
      return { weights: [1, 1], state: {}, status: { kind: 'ok' } };
    },
  };

  await train(make({ balancer: curious as never }), [[batch([0, 1], [1, 0])]]);

  expect(gramian).toHaveLength(2);
  expect(gramian[0]![0]).toBeGreaterThan(0);
  expect(gramian[0]![1]).toBeCloseTo(gramian[1]![0]!, 7);
  expect(gramian[0]![1]! ** 2).toBeLessThanOrEqual(gramian[0]![0]! * gramian[1]![1]! * (1 + 1e-6)); // Cauchy & Schwarz
});

test('uncertainty weighting moves its weights after the losses it saw', async () => {
  const { reports } = await train(make({ balancer: uncertainty({ kinds: 'classification', learningRate: 0.1 }) }), [
    [batch([0, 1], [1, 0])],
    [batch([0, 1], [1, 0])],
  ]);

  expect(reports[0]!.weights).toEqual({ topic: 1, sentiment: 1 });
  expect(reports[1]!.weights.topic).not.toBe(1);
});

test('lazy updates are refused where a step does not know the rows it reads', async () => {
  const lazyStep = (exchange?: () => Promise<never>) =>
    make({ optimizer: lazy(adamw()), ...(exchange && { exchange }) });
  const one = batch([0, 1], [1, 0]);
  const never = () => Promise.reject(new Error('not asked'));

  await expect(train(lazyStep(), [[one, one]])).rejects.toMatchObject({ problems: [{ code: 'E4004' }] });
  await expect(train(lazyStep(never), [[one]])).rejects.toMatchObject({ problems: [{ code: 'E4004' }] });
});

test('a step may follow one of another shape', async () => {
  const { reports } = await train(make(), [
    [batch([0, 1], [1, 0])],
    [batch([0, 1, 2], [1, 0, 0])],
    [batch([0, 1], [1, 0])],
  ]);

  expect(reports.map(({ examples }) => examples)).toEqual([2, 3, 2]);
});

test('a training run lowers the losses of both tasks', async () => {
  const { reports } = await train(
    make({ optimizer: adamw() }),
    Array.from({ length: 60 }, () => [batch([0, 1, 2, 0], [1, 0, 0, 1])]),
  );

  expect(reports.at(-1)!.losses.topic).toBeLessThan(reports[0]!.losses.topic! / 2);
  expect(reports.at(-1)!.losses.sentiment).toBeLessThan(reports[0]!.losses.sentiment! / 2);
});
