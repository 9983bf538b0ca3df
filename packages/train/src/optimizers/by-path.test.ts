import { equal } from '@polytask/balance';
import { type HostTensor, hostTensor, key, leaves } from '@polytask/base';
import { openDevice, read } from '@polytask/engine';
import { expect, test } from 'vitest';
import { type TrainState, trainingStep } from '../step.ts';
import { batchOf, threeTasks } from '../testing/three-tasks.fixture.ts';
import { applyUpdates } from './apply.ts';
import { chain } from './chain.ts';
import { clipByGlobalNorm } from './clip.ts';
import { adamw, sgd } from './presets.ts';
import { scaleByPath } from './scale-by-path.ts';
import type { Transformation } from './transformation.ts';
import { unfreeze } from './unfreeze.ts';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';

const valuesOf = async ({ params }: TrainState) =>
  Object.fromEntries(leaves<HostTensor>(await read(params as never)).map(([path, { data }]) => [path, [...data]]));
const momentsOf = async ({ slots }: TrainState, path: string) => {
  const all = (await read(slots as never)) as Record<string, Record<string, HostTensor>>;
  return Object.fromEntries(
    Object.entries(all).flatMap(([name, slot]) => (slot[path] ? [[name, [...slot[path].data]]] : [])),
  );
};

/** The values after each of some steps, and the states. */
async function train(optimizer: Transformation, count: number, parts = 1) {
  await using step = trainingStep({
    model: threeTasks(),
    optimizer,
    balancer: equal(),
    device: await openDevice('onnx', { threads: 1 }),
  });
  let state = step.init(key(2));
  const values = [await valuesOf(state)];
  const moments = [];
  for (let at = 0; at < count; at++) {
    const batches = Array.from({ length: parts }, () => batchOf({}));
    ({ state } = await step.run(state, batches, { learningRate: 0.05, key: key(at) }));
    values.push(await valuesOf(state));
    moments.push(await momentsOf(state, 'encoder.hidden.weight'));
  }
  return { values, moments };
}

test('updates are scaled by the factor of their path, worked by hand', async () => {
  await tf.setBackend('cpu');
  const optimizer = scaleByPath(adamw({ weightDecay: 0.5 }), (path) => ({ low: 0.25, top: 1, none: 0 })[path]!);
  const one = () => tf.tensor2d([[2]]);
  const params = { low: one(), top: one(), none: one() };
  const start = hostTensor('float32', [1, 1], [2]);
  const state = Object.fromEntries(
    Object.entries(optimizer.init({ low: start, top: start, none: start })).map(([name, slot]) => [
      name,
      Object.fromEntries(
        Object.entries(slot).map(([path, { shape, data }]) => [path, tf.tensor(data as Float32Array, [...shape])]),
      ),
    ]),
  );
  const next = applyUpdates(optimizer, {
    params,
    gradients: { low: one(), top: one(), none: one() },
    state,
    learningRate: tf.scalar(0.1),
    active: () => undefined,
  });
  // Adam's first direction is 1, decay adds 0.5 · 2: θ = 2 − 0.1 · 2 · factor
  expect(next.params.top!.dataSync()[0]).toBeCloseTo(1.8, 5);
  expect(next.params.low!.dataSync()[0]).toBeCloseTo(1.95, 5);
  expect(next.params.none).toBe(params.none);
  expect(() => scaleByPath(sgd(), () => -1).update({ low: one() }, {}, { params, learningRate: tf.scalar(1) })).toThrow(
    'factor of low',
  );
});

test('parameters of factor 0 are the same bit by bit after steps, the others move', async () => {
  const { values } = await train(
    scaleByPath(adamw({ weightDecay: 0.1 }), (path) => (path.startsWith('encoder.hidden.') ? 0 : 1)),
    3,
  );
  for (const [path, before] of Object.entries(values[0]!)) {
    if (path.startsWith('encoder.hidden.')) expect(values[3]![path]).toEqual(before);
    else expect(values[3]![path]).not.toEqual(before);
  }
});

test.each([1, 2])('parameters rest until their step, with their moments: %i micro-batches', async (parts) => {
  const from = (path: string) => (path.startsWith('encoder.hidden.') ? 2 : 0);
  const { values, moments } = await train(
    unfreeze(chain(clipByGlobalNorm(1e-2), adamw({ weightDecay: 0.1 })), from),
    4,
    parts,
  );
  const of = (step: number) => values[step]!['encoder.hidden.weight'];
  expect([of(1), of(2)]).toEqual([of(0), of(0)]);
  expect(of(3)).not.toEqual(of(2));
  expect(values[1]!['encoder.out.weight']).not.toEqual(values[0]!['encoder.out.weight']);
  expect(moments[1]!['1.0.count']).toEqual([0]);
  expect(moments[1]!['1.0.mean']!.every((value) => value === 0)).toBe(true);
  expect(moments[3]!['1.0.count']).toEqual([2]);
});

test('what rests has no part in the global norm, and what is awake from the beginning trains as ever', async () => {
  const clipped = () => chain(clipByGlobalNorm(1e-3), sgd());
  const resting = await train(
    unfreeze(clipped(), (path) => (path.startsWith('encoder.hidden.') ? 9 : 0)),
    2,
  );
  const never = await train(
    scaleByPath(clipped(), (path) => (path.startsWith('encoder.hidden.') ? 0 : 1)),
    2,
  );
  for (const [path, found] of Object.entries(resting.values[2]!))
    found.forEach((value, at) => {
      expect(value).toBeCloseTo(never.values[2]![path]![at]!, 6);
    });
  expect(
    (
      await train(
        unfreeze(clipped(), () => 0),
        2,
      )
    ).values[2],
  ).toEqual((await train(clipped(), 2)).values[2]);
});
