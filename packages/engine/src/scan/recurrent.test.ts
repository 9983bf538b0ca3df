import '@tensorflow/tfjs-backend-cpu';
import { type HostTensor, hostTensor, key, leaves, sizeOf, type Tree, uniform } from '@polytask/base';
import { bidirectional, context, ctc, gradients, gru, lstm, meanLoss, noRandom } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { compile } from '../compile.ts';
import type { Device } from '../device.ts';
import { type DeviceName, openDevice } from '../devices.ts';

const deviceNames = ['onnx-node', 'onnx-web', 'wasm', 'cpu'] as const satisfies readonly DeviceName[];
const devices = new Map<string, Device>();

beforeAll(async () => {
  for (const name of deviceNames) devices.set(name, await openDevice(name, { threads: 1 }));
});
afterAll(async () => {
  await tf.setBackend('cpu');
});

const drawn = (shape: number[], seed: number): HostTensor =>
  hostTensor(
    'float32',
    shape,
    uniform(key(seed), sizeOf(shape)).map((value) => value - 0.5),
  );
const integers = (...values: number[]) => hostTensor('int32', [values.length], values);
const ready = context('train', noRandom);

/** Two recurrent layers and CTC: the losses and all gradients. */
function recognizer(units: number, classes: number, gradient: 'store' | 'rematerialise' = 'store') {
  const first = bidirectional(gru, { units, gradient });
  const second = bidirectional(lstm, { units: classes / 2, gradient });
  const init = (features: number) => ({
    first: first.init(key(1), [0, features]).params,
    second: second.init(key(2), [0, 2 * units]).params,
  });
  type Params = { first: Parameters<typeof first.apply>[0]; second: Parameters<typeof second.apply>[0] };
  type Batch = Record<'x' | 'lengths' | 'labels' | 'labelLengths', tf.Tensor>;
  const step = (params: Params, { x, lengths, labels, labelLengths }: Batch) => {
    const run = () => {
      const hidden = first.apply(params.first, { values: x, lengths }, ready);
      const logits = second.apply(params.second, hidden, ready).values;
      return ctc(tf.mul(logits, 8), labels, { logitLengths: lengths, labelLengths });
    };
    const { feasible, losses } = run();
    const { value, gradients: found } = gradients(() => meanLoss(run()), { params, x });
    return { value, losses, feasible, found };
  };
  return { init, step };
}

const batch = {
  x: drawn([3, 6, 4], 5),
  lengths: integers(6, 3, 5),
  labels: hostTensor('int32', [3, 3], [1, 2, 2, 3, 3, 3, 1, 0, 0]),
  labelLengths: integers(3, 3, 1),
};

const numbersOf = (tree: unknown) =>
  new Map(leaves<HostTensor>(tree as Tree<HostTensor>).map(([path, { data }]) => [path, Array.from(data, Number)]));

describe.each(['store', 'rematerialise'] as const)('recurrent layers and CTC, %s', (gradient) => {
  const { init, step } = recognizer(3, 4, gradient);

  test.each(deviceNames)('are on %s what tfjs computes', async (name) => {
    await tf.setBackend('cpu');
    const eager = step(toTensors(init(4)) as never, toTensors(batch) as never);
    const wanted = new Map(leaves<tf.Tensor>(eager as never).map(([path, tensor]) => [path, [...tensor.dataSync()]]));
    expect(wanted.get('feasible')).toEqual([1, 0, 1]);
    const program = compile(step, { device: devices.get(name)! });
    const found = numbersOf(await program.run(init(4) as never, batch));
    expect([...found.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [path, values] of found)
      for (const [index, value] of values.entries())
        expect(value, `${path}[${index}]`).toBeCloseTo(wanted.get(path)![index]!, 4);
    await program[Symbol.asyncDispose]();
  });
});

describe('a loop of 200 frames', () => {
  test('of a bidirectional LSTM, with gradients, compiles in less than 3 s and needs no more nodes than one of 2', async () => {
    const { init, step } = recognizer(64, 30);
    const params = init(80);
    const given = (time: number) => ({
      x: drawn([8, time, 80], 1),
      lengths: hostTensor('int32', [8], Array(8).fill(time)),
      labels: hostTensor('int32', [8, 1], Array(8).fill(1)),
      labelLengths: hostTensor('int32', [8], Array(8).fill(1)),
    });
    const program = compile(step, { device: devices.get('onnx-node')! });
    const started = performance.now();
    await program.warmup(params as never, given(200));
    expect(performance.now() - started).toBeLessThan(3000);
    const count = (time: number) => program.graph(params as never, given(time)).nodes.length;
    expect(count(200)).toBe(count(2));
    await program[Symbol.asyncDispose]();
  });

  test('keeps less between its halves when it is rematerialised', () => {
    const kept = (gradient: 'store' | 'rematerialise') => {
      const { init, step } = recognizer(8, 4, gradient);
      const program = compile(step, { device: devices.get('onnx-node')! });
      const { nodes } = program.graph(init(4) as never, batch);
      return nodes
        .filter(({ kernel }) => kernel === 'Scan')
        .slice(0, 4)
        .flatMap(({ outputs }) => outputs)
        .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    };
    expect(kept('rematerialise')).toBeLessThan(0.6 * kept('store'));
  });
});
