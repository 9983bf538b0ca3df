import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import { gradients } from '../gradients.ts';
import type { Layer } from '../layer.ts';
import { finiteDifferences, toTensors } from '../testing/finite-differences.ts';
import { type DenseParams, dense } from './dense.ts';
import { inferring, numbers, wavy, weighed } from './layers.fixture.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const params = () => ({ weight: tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]), bias: tf.tensor1d([10, 20, 30]) });

test('y = x·W + b', () => {
  // [1, 2]·W = [1 + 8, 2 + 10, 3 + 12]
  const y = dense({ units: 3 }).apply(params(), tf.tensor2d([[1, 2]]), inferring);
  expect(numbers(y)).toEqual([19, 32, 45]);
});

test('the activation comes last', () => {
  const y = dense({ units: 3, activation: 'relu' }).apply(params(), tf.tensor2d([[-10, 0]]), inferring);
  expect(numbers(y)).toEqual([0, 0, 0]);
});

test('any number of leading axes gives the rows of the flat input', () => {
  const layer = dense({ units: 3 });
  const x = wavy([12, 2]);
  const flat = layer.apply(params(), x, inferring);
  const folded = layer.apply(params(), tf.reshape(x, [2, 3, 2, 2]), inferring);
  expect(folded.shape).toEqual([2, 3, 2, 3]);
  expect(numbers(folded)).toEqual(numbers(flat));
});

test('an empty batch gives an empty batch', () => {
  expect(dense({ units: 3 }).apply(params(), tf.zeros([0, 5, 2]), inferring).shape).toEqual([0, 5, 3]);
});

test('init makes a weight [in, units] and a bias of zeros, or none', () => {
  const { params: made, outputShape } = dense({ units: 3 }).init(key(1), [7, 2]);
  expect(made.weight.shape).toEqual([2, 3]);
  expect([...made.bias!.data]).toEqual([0, 0, 0]);
  expect(outputShape).toEqual([7, 3]);
  expect(Object.keys(dense({ units: 3, bias: false }).init(key(1), [2]).params)).toEqual(['weight']);
});

test('gradients of weight, bias and input agree with finite differences', () => {
  const layer = dense({ units: 3, activation: 'tanh' });
  const at = {
    params: {
      weight: hostTensor('float32', [2, 3], numbers(wavy([6], 1))),
      bias: hostTensor('float32', [3], [0.3, -0.2, 0.5]),
    },
    x: hostTensor('float32', [2, 2, 2], numbers(wavy([8]))),
  };
  const { error } = finiteDifferences(({ params, x }) => weighed(layer.apply(params, x, inferring)), at);
  expect(error).toBeLessThan(1e-3);
});

test('wrong sizes are refused', () => {
  expect(() => dense({ units: 0 })).toThrow('dense.units: expected a positive integer. Found 0.');
  expect(() => dense({ units: 2.5 })).toThrow(RangeError);
  expect(() => dense({ units: 2 }).init(key(1), [])).toThrow('dense: expected an input with a last axis');
});

test('a dense layer is a layer of tensors and its host parameters become its tensors', () => {
  const layer = dense({ units: 1 });
  expectTypeOf(layer).toEqualTypeOf<Layer<DenseParams, tf.Tensor, tf.Tensor>>();
  const tensors = toTensors(layer.init(key(1), [2]).params);
  expectTypeOf(tensors.weight).toEqualTypeOf<tf.Tensor>();
  expect(tensors.weight.shape).toEqual([2, 1]);
  const found = gradients(() => tf.sum(layer.apply(tensors, tf.ones([1, 2]), inferring)), tensors).gradients;
  expectTypeOf(found.weight).toEqualTypeOf<tf.Tensor | null>();
  expect(numbers(found.weight!)).toEqual([1, 1]);
});
