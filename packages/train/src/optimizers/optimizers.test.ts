import { hostTensor } from '@polytask/base';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { applyUpdates } from './apply.ts';
import { chain } from './chain.ts';
import { clipByGlobalNorm, clipByValue, globalNorm } from './clip.ts';
import golden from './optimizers.golden.json' with { type: 'json' };
import { adam, adamw, sgd } from './presets.ts';
import { addDecayedWeights, trace } from './scale.ts';
import { type ByPath, mapPaths, type Slots, type Transformation } from './transformation.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const row = (values: readonly number[]) => tf.tensor2d([[...values]]);

/** Takes the golden file's steps with one parameter `w` of shape [1, 3]. */
function takeSteps(
  optimizer: Transformation,
  learningRate: number,
  activeSteps: readonly boolean[] = [true, true, true, true],
) {
  let params: ByPath = { w: row(golden.start) };
  let state: Slots = Object.fromEntries(
    Object.entries(optimizer.init({ w: hostTensor('float32', [1, 3], golden.start) })).map(([name, slot]) => [
      name,
      mapPaths(slot, ({ data, shape }) => tf.tensor(data as Float32Array, [...shape])),
    ]),
  );
  const states: Slots[] = [];
  const values = golden.gradients.map((gradient, step) => {
    const active = () => (activeSteps[step] ? undefined : tf.scalar(false, 'bool'));
    const next = applyUpdates(optimizer, {
      params,
      gradients: { w: row(gradient) },
      state,
      learningRate: tf.scalar(learningRate),
      active,
    });
    params = next.params;
    state = next.state;
    states.push(state);
    return [...params.w!.dataSync()];
  });
  return { values, states };
}

describe('optimizers take the steps that PyTorch takes', () => {
  test.each([
    ['sgd', sgd(), 0.1],
    ['momentum', sgd({ momentum: 0.9 }), 0.1],
    ['nesterov', sgd({ momentum: 0.9, nesterov: true }), 0.1],
    ['adam', adam(), 0.01],
    ['adamBetas', adam({ beta1: 0.8, beta2: 0.99, epsilon: 1e-4 }), 0.01],
    ['adamw', adamw({ weightDecay: 0.1 }), 0.01],
  ] as const)('%s', (name, optimizer, learningRate) => {
    const { values } = takeSteps(optimizer, learningRate);

    for (const [step, expected] of golden.cases[name].entries()) {
      for (const [index, value] of expected.entries()) expect(values[step]![index]).toBeCloseTo(value, 5);
    }
  });
});

test('a step in which no present task reaches a parameter changes neither it nor its moments nor its count', () => {
  const { values, states } = takeSteps(adamw({ weightDecay: 0.1 }), 0.01, [true, false, true, true]);

  expect(values[1]).toEqual(values[0]);
  for (const [name, slot] of Object.entries(states[1]!))
    expect([...slot.w!.dataSync()]).toEqual([...states[0]![name]!.w!.dataSync()]);
  expect(states[3]!['0.count']!.w!.dataSync()[0]).toBe(3);
});

test('parameters that Adam updates together take the steps that each takes alone, with its own count', () => {
  const shapes: Record<string, number[]> = { matrix: [1, 3], vector: [3], column: [3, 1] };
  const start = hostTensor('float32', [3], golden.start).data as Float32Array;
  const all = (shape: number[]) => ({ dtype: 'float32', shape, data: start }) as const;
  const optimizer = adam();
  let params: ByPath = mapPaths(shapes as never, (shape: number[]) => tf.tensor(start, shape));
  let state: Slots = Object.fromEntries(
    Object.entries(optimizer.init(mapPaths(shapes as never, all))).map(([name, slot]) => [
      name,
      mapPaths(slot, ({ data, shape }) => tf.tensor(data as Float32Array, [...shape])),
    ]),
  );
  // the vector sleeps in the second step
  const rests = (path: string, step: number) => path === 'vector' && step === 1;
  golden.gradients.forEach((gradient, step) => {
    const next = applyUpdates(optimizer, {
      params,
      gradients: mapPaths(shapes as never, (shape: number[]) => tf.tensor(gradient, shape)),
      state,
      learningRate: tf.scalar(0.01),
      active: (path) => (rests(path, step) ? tf.scalar(false, 'bool') : undefined),
    });
    ({ params, state } = next);
  });

  const awake = golden.cases.adam.at(-1)!;
  const { values: rested } = takeSteps(adam(), 0.01, [true, false, true, true]);
  for (const [path, wanted] of Object.entries({ matrix: awake, column: awake, vector: rested.at(-1)! })) {
    expect(params[path]!.shape).toEqual(shapes[path]);
    for (const [index, value] of wanted.entries()) expect(params[path]!.dataSync()[index]).toBeCloseTo(value, 5);
  }
  expect(['matrix', 'vector', 'column'].map((path) => state['0.count']![path]!.dataSync()[0])).toEqual([4, 3, 4]);
});

test('clipping by the global norm shortens the whole gradient as PyTorch does', () => {
  const { updates } = clipByGlobalNorm(1).update(
    { a: tf.tensor1d([3, 4]), b: tf.tensor1d([12]) },
    {},
    { params: {}, learningRate: tf.scalar(1) },
  );

  const values = [...updates.a!.dataSync(), ...updates.b!.dataSync()];
  for (const [index, value] of golden.clipped.entries()) expect(values[index]).toBeCloseTo(value, 5);
});

test('a gradient shorter than the maximal norm is left alone, and so is one of zeros', () => {
  const info = { params: {}, learningRate: tf.scalar(1) };

  expect([
    ...clipByGlobalNorm(10)
      .update({ a: tf.tensor1d([3, 4]) }, {}, info)
      .updates.a!.dataSync(),
  ]).toEqual([3, 4]);
  expect([
    ...clipByGlobalNorm(1)
      .update({ a: tf.tensor1d([0, 0]) }, {}, info)
      .updates.a!.dataSync(),
  ]).toEqual([0, 0]);
});

test('the global norm is taken over all parameters together', () => {
  expect(globalNorm({ a: tf.tensor1d([3, 4]), b: tf.scalar(12) }).dataSync()[0]).toBeCloseTo(13, 5); // √(9 + 16 + 144)
});

test('clipping by value limits each entry', () => {
  const { updates } = clipByValue(2).update(
    { a: tf.tensor1d([-5, 1, 3]) },
    {},
    { params: {}, learningRate: tf.scalar(1) },
  );

  expect([...updates.a!.dataSync()]).toEqual([-2, 1, 2]);
});

test('weights decay, biases do not', () => {
  const params = { kernel: tf.tensor2d([[2]]), bias: tf.tensor1d([2]) };
  const zero = { kernel: tf.tensor2d([[0]]), bias: tf.tensor1d([0]) };

  const { updates } = addDecayedWeights(0.5).update(zero, {}, { params, learningRate: tf.scalar(1) });

  expect(updates.kernel!.dataSync()[0]).toBe(1);
  expect(updates.bias!.dataSync()[0]).toBe(0);
});

test('a chain keeps the states of its parts apart', () => {
  const state = chain(trace(0.9), trace(0.5)).init({ w: hostTensor('float32', [1], [1]) });

  expect(Object.keys(state)).toEqual(['0.velocity', '1.velocity']);
});

test.each([
  ['clipByGlobalNorm', () => clipByGlobalNorm(0)],
  ['clipByValue', () => clipByValue(-1)],
  ['momentum', () => trace(1)],
  ['beta', () => adam({ beta1: 1 })],
  ['weight decay', () => addDecayedWeights(-0.1)],
])('%s outside its range is refused', (_, make) => {
  expect(make).toThrow(RangeError);
});
