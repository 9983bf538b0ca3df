import { mgda } from '@polytask/balance';
import { hostTensor, key } from '@polytask/base';
import {
  type AnyLayer,
  type AnyTask,
  defineModel,
  dense,
  type Layer,
  type Levels,
  pooling,
  type Sequence,
  squaredError,
} from '@polytask/core';
import { openDevice } from '@polytask/engine';
import type * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import type { Batch } from './batch.ts';
import type { AnyModel } from './measure.ts';
import { sgd } from './optimizers/presets.ts';
import { trainingStep } from './step.ts';

const first = dense({ units: 2 });
/** One step for each example. */
const asSequence: Layer<Parameters<typeof first.apply>[0], { values: tf.Tensor; lengths: tf.Tensor }, Sequence> = {
  init: (given) => ({ params: first.init(given, [3]).params, outputShape: [1, 2] }),
  apply: (params, { values, lengths }, context) => ({ values: first.apply(params, values, context), lengths }),
};
const task = (pool: boolean): AnyTask => {
  const guess = dense({ units: 1 });
  const mean = pooling({ mode: 'mean' });
  return {
    layer: {
      init: (given) => guess.init(given, [2]),
      apply: (params: never, x, context) =>
        guess.apply(params, pool ? mean.apply({}, x as Sequence, context) : (x as tf.Tensor), context),
    },
    loss: (guessed: tf.Tensor, { values, present }: { values: tf.Tensor; present: tf.Tensor }) =>
      squaredError(guessed, values, { present }),
  };
};
const rows = (shape: readonly number[]) => hostTensor('float32', [...shape], [1, 2, -1, 0.5, 0, 3]);
function batchOf(inputs: unknown): Batch<'one' | 'other'> {
  const target = (a: number, b: number) => ({
    values: hostTensor('float32', [2, 1], [a, b]),
    present: hostTensor('int32', [2], [1, 1]),
  });
  return {
    inputs: inputs as never,
    targets: { one: target(1, -1), other: target(0, 2) },
    counts: { one: 2, other: 2 },
    size: 2,
    epoch: 0,
    last: true,
  };
}

test.each(['representation', 'last-layer'] as const)(
  'gradients at the %s are those of the values of a sequence',
  async (gradients) => {
    const device = await openDevice('onnx', { threads: 1 });
    const report = async (model: AnyModel, batch: Batch) => {
      await using step = trainingStep({ model, optimizer: sgd(), balancer: mgda(), device, gradients });
      return (await step.run(step.init(key(1)), [batch], { learningRate: 0.1, key: key(2) })).report;
    };
    const vectors = await report(
      defineModel({ encoder: first, inputShape: [3], tasks: { one: task(false), other: task(false) } }) as AnyModel,
      batchOf(rows([2, 3])),
    );
    const sequences = await report(
      defineModel({ encoder: asSequence, inputShape: [3], tasks: { one: task(true), other: task(true) } }) as never,
      batchOf({ values: rows([2, 1, 3]), lengths: hostTensor('int32', [2], [1, 1]) }),
    );
    expect(vectors.cosines![0]![1]).not.toBe(0);
    expect(sequences.cosines![0]![1]!).toBeCloseTo(vectors.cosines![0]![1]!, 5);
    for (const name of ['one', 'other']) expect(sequences.weights[name]!).toBeCloseTo(vectors.weights[name]!, 5);
  },
);

test('the last layer of levels is that of the last of them', async () => {
  const device = await openDevice('onnx', { threads: 1 });
  const second = dense({ units: 2 });
  const both = {
    init: (given) => ({
      params: { one: first.init(given, [3]).params, two: second.init(key(7), [2]).params },
      outputShape: [2],
    }),
    apply: ({ one, two }, x: tf.Tensor, context) => {
      const before = first.apply(one, x, context);
      return [{ last: before }, { last: second.apply(two, before, context) }];
    },
  } satisfies AnyLayer;
  const vector: AnyLayer = { init: both.init, apply: (...given) => both.apply(...given)[1]!.last };
  const last = (given: AnyTask): AnyTask => ({
    ...given,
    layer: {
      init: given.layer.init,
      apply: (params, levels, context) =>
        given.layer.apply(params, (levels as unknown as Levels)[1]!.last as never, context),
    },
  });
  const [one, other] = [task(false), task(false)];
  const report = async (model: unknown) => {
    const options = { optimizer: sgd(), balancer: mgda(), device, gradients: 'last-layer' } as const;
    await using step = trainingStep({ model: model as AnyModel, ...options });
    return (await step.run(step.init(key(1)), [batchOf(rows([2, 3]))], { learningRate: 0.1, key: key(2) })).report;
  };
  const vectors = await report(defineModel({ encoder: vector as never, inputShape: [3], tasks: { one, other } }));
  const levels = await report(
    defineModel({ encoder: both as never, inputShape: [3], tasks: { one: last(one), other: last(other) } }),
  );
  expect(levels.cosines![0]![1]!).toBeCloseTo(vectors.cosines![0]![1]!, 5);
});
