import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key, leaves, mapTree, type Tree } from '@polytask/base';
import { context, gradients, meanLoss, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { ordinal } from './ordinal.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const infer = context('infer', random(key(1)));
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];

describe('ordinal', () => {
  const head = ordinal({ order: ['low', 'middle', 'high'] });
  const spec = head.fit(['high', null, 'low', 'low', 'middle']);

  test('labels stand in their order, thresholds begin at the log odds of the training labels', () => {
    expect(spec.labels).toEqual(['low', 'middle', 'high']);
    expect(spec.thresholds).toEqual([Math.log(2.5 / 2.5), Math.log(1.5 / 3.5)]);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(ordinal().fit(['10', '9', '8']).labels).toEqual(['8', '9', '10']);
    expect(() => ordinal().fit(['a', null])).toThrow('E2301');
    expect(() => head.fit(['low', 'heigh'])).toThrow(
      'E1230 order: The order has no place for the training label "heigh". Add it in its place, or write "high" as the data does',
    );
    expect(() => ordinal({ order: ['a', 'a'] })).toThrow('order: expected at least two labels, each once.');
  });

  test('the loss is the mean over thresholds, missing and unknown labels are absent', () => {
    const { tensors, count } = head.target(['middle', null, 'high', 'other'], spec);
    expect([...tensors.classes.data, count]).toEqual([1, -1, 2, -1, 2]);
    const logits = tf.tensor2d([1, -2, 9, 9, 0.5, 0.25, 9, 9], [4, 2]);
    const { sum, count: found } = head.task(spec).loss(logits, toTensors(tensors) as never);
    const softplus = (x: number) => Math.log1p(Math.exp(x));
    expect(numbers(sum)[0]).toBeCloseTo((softplus(-1) + softplus(-2)) / 2 + (softplus(-0.5) + softplus(-0.25)) / 2, 5);
    expect(numbers(found)[0]).toBe(2);
  });

  test('predictions are the highest label that is reached, with probabilities that add up', () => {
    const logit = (p: number) => Math.log(p / (1 - p));
    const rows = [
      [0.8, 0.3],
      [0.9, 0.6],
      [0.4, 0.7],
    ]
      .flat()
      .map(logit);
    const [first, second, third] = head.decode(hostTensor('float32', [3, 2], rows), spec);
    expect([first!.label, second!.label, third!.label]).toEqual(['middle', 'high', 'low']);
    expect(first!.probability).toBeCloseTo(0.5, 6);
    expect(first!.probabilities.low).toBeCloseTo(0.2, 6);
    // thresholds that lost their order: nobody is above the second and not above the first
    expect(third!.probabilities.middle).toBeCloseTo(0, 6);
    expect(third!.probabilities.high).toBeCloseTo(0.4, 6);
    expect(() => head.decode(hostTensor('float32', [1, 3], [0, 0, 0]), spec)).toThrow('expected shape [batch, 2]');
  });

  test('learns an order from one feature', () => {
    const labels = Array.from({ length: 12 }, (_, at) => ['low', 'middle', 'high'][Math.floor(at / 4)]!);
    const fitted = head.fit(labels);
    const { layer, loss } = head.task(fitted);
    const features = tf.tensor2d(
      Array.from({ length: 12 }, (_, at) => at / 6 - 1),
      [12, 1],
    );
    const targets = toTensors(head.target(labels, fitted).tensors) as never;
    let params = toTensors(layer.init(key(2), [1]).params as object) as Tree<tf.Tensor>;
    for (let step = 0; step < 300; step++) {
      const found = gradients(
        () => meanLoss(loss(layer.apply(params as never, features, infer), targets)),
        Object.fromEntries(leaves<tf.Tensor>(params)),
      );
      params = mapTree<tf.Tensor, tf.Tensor>(params, (value, path) => tf.sub(value, tf.mul(found.gradients[path]!, 3)));
    }
    const outputs = layer.apply(params as never, features, infer);
    const made = head.decode(hostTensor('float32', outputs.shape, numbers(outputs)), fitted);
    expect(made.map(({ label }) => label)).toEqual(labels);
  });
});
