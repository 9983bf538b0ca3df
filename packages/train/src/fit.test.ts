import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { equal, uncertainty } from '@polytask/balance';
import { hostTensor, key, leaves, normal } from '@polytask/base';
import {
  type DenseParams,
  defineModel,
  dense,
  dropout,
  sequential,
  softmaxCrossEntropy,
  type Task,
} from '@polytask/core';
import { type Device, openDevice, read } from '@polytask/engine';
import { accuracy } from '@polytask/metrics';
import type * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import type { Batch, BatchSource } from './batch.ts';
import { earlyStopping } from './early-stopping.ts';
import { evaluate, inference, type LabelledBatch } from './evaluate.ts';
import { type FitOptions, fit, type TrainEvent } from './fit.ts';
import { adam } from './optimizers/presets.ts';
import { cosine } from './schedule.ts';
import { trainingStep } from './step.ts';

let device: Device;
beforeAll(async () => {
  device = await openDevice('onnx');
});

const classify = (count: number): Task<DenseParams, { classes: tf.Tensor }> => ({
  layer: dense({ units: count }),
  loss: (outputs, { classes }) => softmaxCrossEntropy(outputs, classes),
});

const model = defineModel({
  encoder: sequential({ hidden: dense({ units: 6, activation: 'tanh' }), drop: dropout({ rate: 0.3 }) }),
  inputShape: [3],
  tasks: { sign: classify(2), size: classify(2) },
});

/** Four batches an epoch; the labels follow from the features. */
function source(): BatchSource {
  let taken = 0;
  const batch = (index: number): LabelledBatch => {
    const features = normal(key(index), 8 * 3);
    const sign = Int32Array.from({ length: 8 }, (_, row) => (features[row * 3]! > 0 ? 1 : 0));
    const size = Int32Array.from({ length: 8 }, (_, row) =>
      row % 2 === 0 ? -1 : Math.abs(features[row * 3 + 1]!) > 0.7 ? 1 : 0,
    );
    const target = (classes: Int32Array) => ({ classes: hostTensor('int32', [8], classes) });
    return {
      inputs: hostTensor('float32', [8, 3], features),
      targets: { sign: target(sign), size: target(size) },
      counts: { sign: 8, size: 4 },
      labels: { sign: [...sign].map(String), size: [...size].map((label) => (label < 0 ? null : String(label))) },
      size: 8,
      epoch: 0,
      last: false,
    };
  };
  return {
    batchesPerEpoch: 4,
    next: () => {
      const index = taken++;
      return { ...batch(index % 4), epoch: Math.floor(index / 4), last: index % 4 === 3 } as Batch;
    },
    state: () => taken,
    restore: (state) => {
      taken = state as number;
    },
  };
}

const options = (more: Partial<FitOptions> = {}): FitOptions => {
  const step = trainingStep({ model, optimizer: adam(), balancer: uncertainty({ kinds: 'classification' }), device });
  return {
    step,
    state: step.init(key(1)),
    batches: source(),
    steps: 12,
    learningRate: 0.01,
    schedule: cosine(12),
    key: key(2),
    ...more,
  };
};

async function all(events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> {
  const list: TrainEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

const weights = async ({ state }: TrainEvent | { state: { params: unknown } }) =>
  leaves(await read(state.params as never));

test('training goes on where a checkpoint stands, to the last bit', async () => {
  const straight = (await all(fit(options()))).at(-1)!;
  let saved: { state: FitOptions['state']; progress: TrainEvent['progress'] } | undefined;
  for await (const event of fit(options())) {
    if (event.type !== 'step' || event.report.step !== 4) continue;
    const state = {
      ...event.state,
      params: await read(event.state.params as never),
      slots: await read(event.state.slots as never),
    };
    saved = { state: state as never, progress: JSON.parse(JSON.stringify(event.progress)) };
    break;
  }

  const resumed = (await all(fit(options(saved)))).at(-1)!;

  expect(await weights(resumed)).toEqual(await weights(straight));
  expect(resumed.state.balancer).toEqual(straight.state.balancer);
  expect(resumed.progress).toEqual(straight.progress);
});

test('what training began with is not kept beside what it has come to', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // in a function of its own, so that nothing here holds it
  const begun = () => {
    const first = options();
    return { events: fit(first), slots: new WeakRef(first.state.slots) };
  };
  const { events, slots } = begun();

  for (let step = 0; step < 3; step++) await events.next();
  await new Promise((resolve) => setTimeout(resolve)); // a WeakRef that was made or read keeps its target until the next turn
  collect();

  expect(slots.deref()).toBeUndefined();
  await events.return();
});

test('events come in order: steps, an evaluation after every epoch, the end', async () => {
  const scores = [1, 3, 2];
  const evaluation = { every: 'epoch' as const, run: async () => ({ result: {}, score: scores.shift()! }) };

  const events = await all(fit(options({ evaluation })));

  expect(events.filter(({ type }) => type === 'step')).toHaveLength(12);
  expect(
    events.flatMap((event) =>
      event.type === 'evaluation' ? [[event.step, event.epoch, event.score, event.improved]] : [],
    ),
  ).toEqual([
    [4, 0, 1, true],
    [8, 1, 3, true],
    [12, 2, 2, false],
  ]);
  expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'finished' });
});

test('training stops after `patience` evaluations without an improvement, and NaN is none', async () => {
  const scores = [Number.NaN, 1, Number.NaN, 1];
  const evaluation = { every: 1, run: async () => ({ result: {}, score: scores.shift()! }) };

  const events = await all(fit(options({ evaluation, stopping: earlyStopping({ patience: 2 }) })));

  expect(events.at(-1)).toMatchObject({
    type: 'end',
    reason: 'stopped early',
    state: { step: 4 },
    progress: { stopping: { best: 1, bestStep: 2 } },
  });
});

test('an aborted signal ends training between two steps', async () => {
  const controller = new AbortController();
  const events: TrainEvent[] = [];
  for await (const event of fit(options({ signal: controller.signal }))) {
    events.push(event);
    if (event.state.step === 3) controller.abort();
  }

  expect(events.at(-1)).toMatchObject({ type: 'end', reason: 'interrupted', state: { step: 3 } });
});

test('micro-batches make a step together and never span two epochs', async () => {
  const events = await all(fit(options({ accumulate: 3, steps: 4 })));

  expect(
    events.flatMap((event) => (event.type === 'step' ? [[event.report.epoch, event.report.examples]] : [])),
  ).toEqual([
    [0, 24],
    [0, 8],
    [1, 24],
    [1, 8],
  ]);
});

test('a loss that is not finite ends training with an error that names the task', async () => {
  const batches = source();
  const broken: BatchSource = {
    ...batches,
    next: () => ({ ...batches.next(), inputs: hostTensor('float32', [8, 3], new Float32Array(24).fill(Number.NaN)) }),
  };

  await expect(all(fit(options({ batches: broken })))).rejects.toMatchObject({ code: 'E4001', kind: 'diverged' });
});

test('evaluation judges rows with labels only, and merges batches of different sizes', async () => {
  const batches = source();
  const list = [0, 1].map(() => batches.next() as LabelledBatch);
  const short = { ...list[1]!, size: 2 };
  const judge = {
    predict: (outputs: { shape: readonly number[] }) => new Array<string>(outputs.shape[0]!).fill('1'),
    metrics: { accuracy: accuracy<string>() },
  };
  const step = trainingStep({ model, optimizer: adam(), balancer: equal(), device });

  const result = await evaluate(inference(model, device), {
    params: step.init(key(1)).params,
    batches: [list[0]!, short],
    judges: { sign: judge, size: judge },
  });

  const known = (task: 'sign' | 'size') =>
    [...list[0]!.labels[task]!, ...list[1]!.labels[task]!.slice(0, 2)].filter((label) => label !== null);
  for (const task of ['sign', 'size'] as const) {
    const labels = known(task);
    expect(result[task]!.labels).toBe(labels.length);
    expect(result[task]!.metrics.accuracy).toBeCloseTo(
      labels.filter((label) => label === '1').length / labels.length,
      12,
    );
    expect(result[task]!.loss).toBeGreaterThan(0);
  }
});

test('a source is told what each step did before its position is saved', async () => {
  const seen: number[] = [];
  const batches: BatchSource = {
    ...source(),
    observe: ({ step, losses }) => seen.push(step + Number(losses.sign! > 0)),
    state: () => seen.length,
  };
  const events = await all(fit(options({ batches })));
  const steps = events.flatMap((event) => (event.type === 'step' ? [event] : []));
  expect(seen).toEqual(steps.map((_, at) => at + 1));
  expect(steps.map(({ progress }) => progress.sampler)).toEqual(seen);
});

test('predictions of several tasks may be changed together before they are judged', async () => {
  const judge = {
    predict: (outputs: { shape: readonly number[] }) => new Array<string>(outputs.shape[0]!).fill('1'),
    metrics: { accuracy: accuracy<string>() },
  };
  const batch = source().next() as LabelledBatch;
  const given = {
    params: trainingStep({ model, optimizer: adam(), balancer: equal(), device }).init(key(1)).params,
    batches: [batch],
    judges: { sign: judge, size: judge },
  };
  const result = await evaluate(inference(model, device), {
    ...given,
    reconcile: ({ sign, size }) => ({ sign: sign!.map(() => '0'), size: size! }),
  });
  const before = await evaluate(inference(model, device), given);
  expect(result.sign!.metrics.accuracy).toBeCloseTo(1 - before.sign!.metrics.accuracy!, 12);
  expect(result.size).toEqual(before.size);
});

test('a loss is its own task’s, in whatever order the judges are named', async () => {
  const judge = {
    predict: (outputs: { shape: readonly number[] }) => new Array<string>(outputs.shape[0]!).fill('1'),
    metrics: {},
  };
  const { params } = trainingStep({ model, optimizer: adam(), balancer: equal(), device }).init(key(1));
  const batch = source().next() as LabelledBatch;

  const there = await evaluate(inference(model, device), {
    params,
    batches: [batch],
    judges: { sign: judge, size: judge },
  });
  const back = await evaluate(inference(model, device), {
    params,
    batches: [batch],
    judges: { size: judge, sign: judge },
  });

  expect(back).toEqual(there);
  expect(back.size!.loss).not.toBe(back.sign!.loss);
});

test('a layer that draws random numbers in inference is an error', async () => {
  const noisy = defineModel({
    encoder: {
      init: () => ({ params: {}, outputShape: [3] }),
      apply: (_: object, x: tf.Tensor, { random }) => {
        random.uniform([1]);
        return x;
      },
    },
    inputShape: [3],
    tasks: { sign: classify(2) },
  });

  await expect(
    inference(noisy, device).predict.run(noisy.init(key(1)) as never, hostTensor('float32', [1, 3], [1, 2, 3])),
  ).rejects.toThrow("mode 'infer'");
});
