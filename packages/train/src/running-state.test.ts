import { equal, mgda } from '@polytask/balance';
import { type HostTensor, hostTensor, key, leaves } from '@polytask/base';
import { batchNorm, defineModel, dense, sequential, softmaxCrossEntropy } from '@polytask/core';
import { openDevice, read } from '@polytask/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import type { Batch } from './batch.ts';
import { inference } from './evaluate.ts';
import { adamw } from './optimizers/presets.ts';
import { type StepOptions, trainingStep } from './step.ts';

const classify = (units: number) => ({
  layer: dense({ units }),
  loss: (logits: tf.Tensor, { classes }: { classes: tf.Tensor }) => softmaxCrossEntropy(logits, classes),
});
const model = () =>
  defineModel({
    encoder: sequential({ norm: batchNorm({ momentum: 0.5 }), out: dense({ units: 3, activation: 'tanh' }) }),
    inputShape: [2],
    tasks: { one: classify(2), two: classify(2) },
  });
/** Four rows, of which the first `size` are examples. */
const batchOf = (rows: readonly number[], size: number): Batch<'one' | 'two'> => ({
  inputs: hostTensor('float32', [4, 2], rows),
  targets: {
    one: { classes: hostTensor('int32', [4], [0, 1, 1, size > 3 ? 0 : -1]) },
    two: { classes: hostTensor('int32', [4], [1, 0, 1, -1]) },
  },
  counts: { one: size, two: 3 },
  size,
  epoch: 0,
  last: false,
});
const rows = [1, 0, 3, 0, 5, 6, 7, 6];
const full = batchOf(rows, 4); // means 4, 3; variances with n − 1: 20/3, 12
const now = { learningRate: 0.1, key: key(1) };
const stateOf = async (params: unknown) => {
  const all = new Map(leaves<HostTensor>(await read(params as never)));
  const of = (name: string) => [...all.get(`encoder.norm.${name}`)!.data];
  return { mean: of('mean'), variance: of('variance'), scale: of('scale') };
};

describe('running statistics', () => {
  test.each([
    ['weights known before', equal()],
    ['weights from the Gramian', mgda()],
  ] as [string, StepOptions['balancer']][])('move with every step and nothing else: %s', async (_, balancer) => {
    await using step = trainingStep({
      model: model() as never,
      optimizer: adamw({ weightDecay: 0.5, decays: () => true }),
      balancer,
      device: await openDevice('onnx', { threads: 1 }),
    });
    let state = step.init(key(3));
    ({ state } = await step.run(state, [full], now));
    const first = await stateOf(state.params);
    [2, 1.5].forEach((value, at) => {
      expect(first.mean[at]).toBeCloseTo(value, 5);
    });
    [(1 + 20 / 3) / 2, 6.5].forEach((value, at) => {
      expect(first.variance[at]).toBeCloseTo(value, 5);
    });
    expect(first.scale).not.toEqual([1, 1]);
    ({ state } = await step.run(state, [full], now));
    expect((await stateOf(state.params)).mean[0]).toBeCloseTo(3, 5);
  });

  test('leave rows of padding out', async () => {
    await using step = trainingStep({
      model: model() as never,
      optimizer: adamw(),
      balancer: equal(),
      device: await openDevice('onnx', { threads: 1 }),
    });
    const { state } = await step.run(step.init(key(3)), [batchOf([1, 0, 3, 0, 5, 6, 1e3, 1e3], 3)], now);
    const { mean } = await stateOf(state.params);
    [1.5, 1].forEach((value, at) => {
      expect(mean[at]).toBeCloseTo(value, 5);
    });
  });

  test('are what predictions use, one by one or together', async () => {
    const device = await openDevice('onnx', { threads: 1 });
    await using step = trainingStep({ model: model() as never, optimizer: adamw(), balancer: equal(), device });
    const { state } = await step.run(step.init(key(3)), [full], now);
    const params = await read(state.params as never);
    await using programs = inference(model() as never, device);
    const logits = async (given: readonly number[]) => {
      const { outputs } = await programs.predict.run(params, hostTensor('float32', [given.length / 2, 2], given));
      return [...(outputs.one as unknown as HostTensor).data];
    };
    const together = await logits(rows);
    const alone = await logits([5, 6]);
    alone.forEach((value, at) => {
      expect(value).toBeCloseTo(together[4 + at]!, 5);
    });
  });

  test('are refused by steps of several micro-batches', async () => {
    await using step = trainingStep({
      model: model() as never,
      optimizer: adamw(),
      balancer: equal(),
      device: await openDevice('onnx', { threads: 1 }),
    });
    await expect(step.run(step.init(key(3)), [full, full], now)).rejects.toThrow('E4008');
  });
});
