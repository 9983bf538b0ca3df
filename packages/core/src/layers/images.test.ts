import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Layer } from '../layer.ts';
import { finiteDifferences } from '../testing/finite-differences.ts';
import { toTensors } from '../testing/index.ts';
import { attentiveStatistics } from './attentive-statistics.ts';
import { conv2d } from './conv-2d.ts';
import { groupNorm } from './group-norm.ts';
import { inferring, numbers, recording, sequence, training, wavy, weighed } from './layers.fixture.ts';
import { globalAveragePool2d, maxPool2d } from './pooling-2d.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const ofInit = <Params>(layer: Layer<Params>, shape: number[]) =>
  toTensors(layer.init(key(3), shape).params as object) as unknown as Params;

describe('conv2d', () => {
  test('a filter of ones adds up what it covers, zeros around', () => {
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    const filter = tf.ones([3, 3, 1, 1]);
    const sums = conv2d({ filters: 1 }).apply({ filter, bias: tf.tensor1d([0.5]) }, x, inferring);
    expect(numbers(sums)).toEqual([12.5, 21.5, 16.5, 27.5, 45.5, 33.5, 24.5, 39.5, 28.5]);
    const strided = conv2d({ filters: 1, stride: 2, bias: false }).apply({ filter }, x, inferring);
    expect(strided.shape).toEqual([1, 2, 2, 1]);
    expect(numbers(strided)).toEqual([12, 16, 24, 28]);
  });

  test('the shape that init says is that of apply', () => {
    for (const [height, size, stride, padding] of [
      [7, 3, 2, 1],
      [8, 3, 2, 1],
      [8, 7, 2, 3],
      [5, 2, 1, 0],
      [6, 1, 3, 0],
    ] as const) {
      const layer = conv2d({ filters: 4, size, stride, padding, activation: 'relu' });
      const { outputShape } = layer.init(key(1), [height, 9, 2]);
      expect(layer.apply(ofInit(layer, [height, 9, 2]), wavy([2, height, 9, 2]), inferring).shape).toEqual([
        2,
        ...outputShape,
      ]);
    }
  });

  test('what is appended changes nothing before it', () => {
    const layer = conv2d({ filters: 2, stride: 2, bias: false });
    const params = ofInit(layer, [8, 4, 1]);
    const short = wavy([1, 6, 4, 1]);
    const long = tf.pad(short, [
      [0, 0],
      [0, 5],
      [0, 0],
      [0, 0],
    ]);
    const [one, other] = [layer.apply(params, short, inferring), layer.apply(params, long, inferring)];
    expect(numbers(tf.slice(other, [0, 0, 0, 0], one.shape))).toEqual(numbers(one));
  });

  test('wrong options and inputs are named', () => {
    expect(() => conv2d({ filters: 0 })).toThrow('conv2d.filters: expected a positive integer. Found 0.');
    expect(() => conv2d({ filters: 1, padding: 3 })).toThrow(
      'conv2d.padding: expected an integer from 0 to 2. Found 3.',
    );
    expect(() => conv2d({ filters: 1 }).init(key(1), [4, 4])).toThrow(
      'expected the shape [height, width, channels]. Found [4,4].',
    );
    expect(() => conv2d({ filters: 1, size: 5, padding: 0 }).init(key(1), [4, 8, 1])).toThrow(
      'Expected at least 5 pixels. Found 4.',
    );
  });
});

test('maxima of windows, and means over the whole', () => {
  const x = tf.tensor4d([-1, 2, -3, -4, -5, -6, 7, 8], [1, 2, 4, 1]);
  expect(numbers(maxPool2d().apply({}, x, inferring))).toEqual([2, 8]);
  expect(maxPool2d().init(key(1), [5, 8, 3]).outputShape).toEqual([2, 4, 3]);
  // the edge never wins, whatever the sign
  const negative = tf.tensor4d([-1, -2, -3, -4], [1, 2, 2, 1]);
  expect(numbers(maxPool2d({ size: 3, stride: 2, padding: 1 }).apply({}, negative, inferring))).toEqual([-1]);
  expect(() => maxPool2d({ padding: 2 })).toThrow('maxPool2d.padding');
  expect(numbers(globalAveragePool2d().apply({}, x, inferring))).toEqual([-0.25]);
});

describe('groupNorm', () => {
  test('each group of each image has mean 0 and variance 1, whatever else is in the batch', () => {
    const layer = groupNorm({ groups: 2 });
    const params = ofInit(layer, [2, 3, 4]);
    const x = tf.add(tf.mul(wavy([2, 2, 3, 4]), 5), 3);
    const y = layer.apply(params, x, inferring);
    for (const group of tf.split(tf.reshape(y, [2, 6, 2, 2]), 2, 2)) {
      const { mean, variance } = tf.moments(group, [1, 2, 3]);
      for (const value of numbers(mean)) expect(value).toBeCloseTo(0, 5);
      for (const value of numbers(variance)) expect(value).toBeCloseTo(1, 4);
    }
    const alone = layer.apply(params, tf.slice(x, [1, 0, 0, 0], [1, 2, 3, 4]), inferring);
    expect(numbers(alone)).toEqual(numbers(tf.slice(y, [1, 0, 0, 0], [1, 2, 3, 4])));
  });

  test('a number of groups that does not divide the channels is refused', () => {
    expect(() => groupNorm({ groups: 3 }).init(key(1), [2, 2, 4])).toThrow(
      'expected a divisor of 4 channels. Found 3.',
    );
  });
});

describe('attentiveStatistics', () => {
  const layer = attentiveStatistics({ units: 3 });
  const params = toTensors(layer.init(key(2), [4, 2]).params as object) as never;

  test('mean and deviation of equal steps, weights that add up to 1 over the steps that count', () => {
    const { record, observed } = recording();
    const x = sequence(tf.tensor3d([2, -1, 2, -1, 9, 9], [1, 3, 2]), [2]);
    const pooled = numbers(layer.apply(params, x, training(1, record)));
    expect(pooled[0]).toBeCloseTo(2, 6);
    expect(pooled[1]).toBeCloseTo(-1, 6);
    expect(pooled[2]).toBeCloseTo(0.001, 6); // √ε
    const weights = numbers(observed.get('attention')!);
    expect(weights[0]! + weights[1]!).toBeCloseTo(1, 6);
    expect(weights[2]).toBe(0);
  });

  test('padding changes nothing; a sequence without steps gives zeros', () => {
    const short = wavy([1, 3, 2]);
    const padded = tf.concat([short, tf.fill([1, 4, 2], 33)], 1);
    const run = (values: tf.Tensor, length: number) =>
      numbers(layer.apply(params, sequence(values, [length]), inferring));
    run(padded, 3).forEach((value, at) => {
      expect(value).toBeCloseTo(run(short, 3)[at]!, 6);
    });
    expect(run(short, 0).map(Math.abs)).toEqual([0, 0, 0, 0]);
  });
});

test('gradients agree with finite differences', () => {
  const image = hostTensor('float32', [1, 4, 4, 2], numbers(wavy([32])));
  for (const layer of [
    conv2d({ filters: 3, stride: 2, activation: 'tanh' }),
    groupNorm({ groups: 1 }),
    globalAveragePool2d(),
  ]) {
    const own = (layer as Layer<object>).init(key(5), [4, 4, 2]).params;
    const f = (at: { x: tf.Tensor; own: object }) => weighed((layer as Layer<object>).apply(at.own, at.x, inferring));
    expect(finiteDifferences(f as never, { x: image, own } as never).error).toBeLessThan(2e-3);
  }
  const steps = hostTensor('float32', [2, 3, 2], numbers(wavy([12])));
  const pool = attentiveStatistics({ units: 3 });
  const own = pool.init(key(5), [3, 2]).params;
  const f = (at: { x: tf.Tensor; own: never }) => weighed(pool.apply(at.own, sequence(at.x, [3, 2]), inferring));
  expect(finiteDifferences(f as never, { x: steps, own } as never).error).toBeLessThan(2e-3);
});
