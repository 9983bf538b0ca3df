import { equal } from '@polytask/balance';
import { type HostTensor, hostTensor, key, leaves, normal, type Tree } from '@polytask/base';
import {
  binaryCrossEntropy,
  type DenseParams,
  defineModel,
  dense,
  type Sharing,
  softmaxCrossEntropy,
  type Task,
} from '@polytask/core';
import { type Device, openDevice, read } from '@polytask/engine';
import {
  adapters,
  cgc,
  crossStitch,
  esmm,
  film,
  hard,
  lora,
  mmoe,
  mtan,
  omoe,
  outputAttention,
  ple,
  soft,
  taskAttention,
} from '@polytask/sharing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Batch } from './batch.ts';
import type { AnyModel } from './measure.ts';
import { adamw } from './optimizers/presets.ts';
import { trainingStep } from './step.ts';

const devices = {} as Record<'onnx' | 'cpu', Device>;
beforeAll(async () => {
  devices.onnx = await openDevice('onnx');
  devices.cpu = await openDevice('cpu');
});

const layer = (units = 6) => dense({ units, activation: 'tanh' });
const classes: Task<DenseParams, { classes: tf.Tensor }> = {
  layer: dense({ units: 2 }),
  loss: (outputs, target) => softmaxCrossEntropy(outputs, target.classes),
};
const parts = { encoder: layer(), inputShape: [3], tasks: { sign: classes, size: classes } };
const modelOf = (sharing: Sharing<never>) => defineModel({ ...parts, sharing }) as AnyModel;

/** Two questions about the same 32 vectors, which need different features of them. */
function batch(): Batch {
  const features = normal(key(4), 32 * 3);
  const target = (of: (row: number) => boolean) => ({
    classes: hostTensor(
      'int32',
      [32],
      Int32Array.from({ length: 32 }, (_, row) => (of(row) ? 1 : 0)),
    ),
  });
  return {
    inputs: hostTensor('float32', [32, 3], features),
    targets: {
      sign: target((row) => features[row * 3]! > 0),
      size: target((row) => Math.abs(features[row * 3 + 1]!) > 0.7),
    },
    counts: { sign: 32, size: 32 },
    size: 32,
    epoch: 0,
    last: false,
  };
}

async function train(model: AnyModel, device: Device, steps: number) {
  const step = trainingStep({ model, optimizer: adamw(), balancer: equal(), device });
  let state = step.init(key(2));
  const losses: number[] = [];
  for (let at = 0; at < steps; at++) {
    const done = await step.run(state, [batch()], { learningRate: 0.03, key: key(at) });
    state = done.state;
    losses.push(done.report.losses.sign! + done.report.losses.size!);
  }
  const params = leaves<HostTensor>((await read(state.params as never)) as Tree<HostTensor>);
  return { losses, params: new Map(params.map(([path, { data }]) => [path, [...data] as number[]])) };
}

// biome-ignore lint/suspicious/noExplicitAny: the parameters differ from way to way
const ways: Readonly<Record<string, Sharing<any, any>>> = {
  hard: hard({ tower: layer() }),
  soft: soft({ tower: layer() }),
  'cross-stitch': crossStitch({ stages: [layer(), layer()] }),
  'cross-stitch per channel': crossStitch({ stages: [layer()], perChannel: true }),
  MMoE: mmoe({ expert: layer(), experts: 3 }),
  OMoE: omoe({ expert: layer(), experts: 3 }),
  CGC: cgc({ expert: layer(), shared: 1, specific: 1 }),
  PLE: ple({ levels: [layer(), layer()], shared: 1, specific: 1 }),
  MTAN: mtan({ stages: [layer(), layer()] }),
  FiLM: film(),
  adapters: adapters(),
  LoRA: lora({ units: 6, frozen: false }),
  'task attention': taskAttention({ tower: layer() }),
};

describe.each(Object.entries(ways))('%s', (_, sharing) => {
  test('trains through the compiled step, with the losses of the eager one', async () => {
    const compiled = await train(modelOf(sharing as never), devices.onnx, 25);
    expect(compiled.losses.at(-1)!).toBeLessThan(0.6 * compiled.losses[0]!);
    const eager = await train(modelOf(sharing as never), devices.cpu, 3);
    eager.losses.forEach((loss, at) => {
      expect(compiled.losses[at]!).toBeCloseTo(loss, 4);
    });
  });
});

test('the distance that soft sharing records is part of what is minimised', async () => {
  const distance = async (strength: number) => {
    const { params } = await train(modelOf(soft({ tower: layer(), strength }) as never), devices.onnx, 15);
    const [sign, size] = [params.get('sharing.towers.sign.weight')!, params.get('sharing.towers.size.weight')!];
    return sign.reduce((sum, value, at) => sum + (value - size[at]!) ** 2, 0);
  };
  const [free, pulled] = [await distance(0), await distance(10)];
  expect(free).toBeGreaterThan(0.01);
  expect(pulled).toBeLessThan(free / 10);
});

test('a frozen trunk keeps its values, also from decay, while its low-rank parts move', async () => {
  const model = modelOf(lora({ units: 6 }) as never);
  const { params } = await train(model, devices.onnx, 5);
  const initial = await train(model, devices.onnx, 0);
  expect(params.get('sharing.trunk.weight')).toEqual(initial.params.get('sharing.trunk.weight'));
  expect(params.get('sharing.tasks.sign.b')).not.toEqual(initial.params.get('sharing.tasks.sign.b'));
});

test('the product of two chances is trained through its logit, with the losses of the eager step', async () => {
  const chance: Task<DenseParams, { classes: tf.Tensor }> = {
    layer: dense({ units: 1 }),
    loss: (logits, target) => binaryCrossEntropy(logits, tf.cast(tf.reshape(target.classes, [-1, 1]), 'float32')),
  };
  const both = { ...parts, tasks: { sign: chance, size: chance }, outputs: esmm({ first: 'sign', both: 'size' }) };
  const model = defineModel(both) as AnyModel;
  const compiled = await train(model, devices.onnx, 25);
  expect(compiled.losses.at(-1)!).toBeLessThan(0.8 * compiled.losses[0]!);
  const eager = await train(model, devices.cpu, 3);
  eager.losses.forEach((loss, at) => {
    expect(compiled.losses[at]!).toBeCloseTo(loss, 4);
  });
});

test('outputs that listen to each other are trained too', async () => {
  const model = defineModel({ ...parts, outputs: outputAttention() }) as AnyModel;
  const { losses, params } = await train(model, devices.onnx, 25);
  expect(losses.at(-1)!).toBeLessThan(0.6 * losses[0]!);
  expect(params.get('outputs.scores.sign')).toHaveLength(1);
});
