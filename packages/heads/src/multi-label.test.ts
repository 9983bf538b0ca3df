import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key, leaves, mapTree, PolytaskError, type Tree } from '@polytask/base';
import { context, gradients, meanLoss, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { readLabelSet } from './label-set.ts';
import { type LabelSetLabel, multiLabel } from './multi-label.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const infer = context('infer', random(key(1)));
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];
const codeOf = (body: () => unknown) => {
  try {
    body();
  } catch (error) {
    if (PolytaskError.is(error)) return error.code;
    throw error;
  }
  return undefined;
};

describe('sets of labels', () => {
  test('are lists, records, texts, and lists and records as texts', () => {
    expect(readLabelSet(['b', 'a', 'b'])).toEqual(['b', 'a']);
    expect(readLabelSet(' red | blue|')).toEqual(['red', 'blue']);
    expect(readLabelSet('red;dark blue', ';')).toEqual(['red', 'dark blue']);
    expect(readLabelSet('|')).toEqual([]);
    expect(readLabelSet('["a|b", 3]')).toEqual(['a|b', '3']);
    expect(readLabelSet('{"a": 1, "b": "0", "c": null, "d": true, "e": "no"}')).toEqual({
      a: 1,
      b: 0,
      c: null,
      d: 1,
      e: 0,
    });
    expect(readLabelSet("['drama', 'science fiction']")).toEqual(['drama', 'science fiction']);
    expect(readLabelSet("{'a': True, 'b': 0, 'True': None}")).toEqual({ a: 1, b: 0, True: null });
    expect(readLabelSet('[draft] | b')).toEqual(['[draft]', 'b']);
    expect(readLabelSet(7)).toEqual(['7']);
  });

  test('what is none is refused', () => {
    expect(codeOf(() => readLabelSet({ a: 2 }))).toBe('E2340');
    expect(codeOf(() => readLabelSet([['a']]))).toBe('E2340');
    expect(() => readLabelSet('[drama, crime]')).toThrow('Expected a list written as JSON, such as ["red", "blue"].');
    expect(codeOf(() => readLabelSet("{'drama', 'crime'}"))).toBe('E2340');
    expect(() => readLabelSet(null)).toThrow('Expected a list, a record or a text of labels. Found null.');
  });
});

describe('fit', () => {
  test('the labels are those of the training examples, with how often they are there', () => {
    const spec = multiLabel().fit([['b', 'a'], null, 'b', [], { c: 1, a: null }]);
    expect(spec).toMatchObject({ labels: ['a', 'b', 'c'], positiveWeights: null, thresholds: [0.5, 0.5, 0.5] });
    // of a: 1 of 3 known, the record says null; of b: 2 of 3, the record does not name it; of c: 1 of 4
    expect(spec.frequencies).toEqual([1 / 3, 2 / 3, 1 / 4]);
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(codeOf(() => multiLabel().fit([null, []]))).toBe('E2301');
  });

  test('weights and thresholds go by label; balanced is the ratio of those without to those with', () => {
    const labels: LabelSetLabel[] = [['a', 'b'], ['b'], ['b'], ['b']];
    expect(multiLabel({ classWeights: 'balanced' }).fit(labels).positiveWeights).toEqual([3, 1]);
    const spec = multiLabel({ classWeights: { a: 2 }, threshold: { b: 0.3 } }).fit(labels);
    expect([spec.positiveWeights, spec.thresholds]).toEqual([
      [2, 1],
      [0.5, 0.3],
    ]);
    expect(() => multiLabel({ threshold: { c: 0.3 } }).fit(labels)).toThrow('The label "c" is not among');
    expect(codeOf(() => multiLabel({ classWeights: { c: 2 } }).fit(labels))).toBe('E1230');
  });

  test('options out of range are refused', () => {
    expect(() => multiLabel({ threshold: 1 })).toThrow('threshold: expected 0 < t < 1. Found 1.');
    expect(() => multiLabel({ separator: '' })).toThrow('separator: expected');
    expect(() => multiLabel({ dropout: 1 })).toThrow(RangeError);
    expect(() => multiLabel({ classWeights: { a: -1 } })).toThrow('classWeights["a"]');
  });
});

describe('loss', () => {
  test('by hand: the mean over labels, the positive term weighed, the unknown left out', () => {
    const head = multiLabel({ classWeights: { a: 3 } });
    const spec = head.fit([['a'], ['b']]);
    const { tensors, count } = head.target([['a'], { a: 0, b: null }, null], spec);
    expect([...tensors.values.data]).toEqual([1, 0, 0, 0, 0, 0]);
    expect([...tensors.present.data]).toEqual([1, 1, 1, 0, 0, 0]);
    expect(count).toBe(1.5);
    const logits = tf.tensor2d([1, -2, 0.5, 7, 7, 7], [3, 2]);
    const { sum, count: found } = head.task(spec).loss(logits, toTensors(tensors) as never);
    const softplus = (x: number) => Math.log1p(Math.exp(x));
    expect(numbers(sum)[0]).toBeCloseTo((3 * softplus(-1) + softplus(-2) + softplus(0.5)) / 2, 5);
    expect(numbers(found)[0]).toBeCloseTo(1.5, 6);
  });

  test('the count is that of the loss for any labels, those that training did not have among them', () => {
    const head = multiLabel();
    const spec = head.fit([['a', 'b', 'c']]);
    const list = fc.subarray(['a', 'b', 'c', 'unheard']);
    const record = fc.dictionary(fc.constantFrom('a', 'b', 'unheard'), fc.constantFrom<0 | 1 | null>(0, 1, null));
    fc.assert(
      fc.property(fc.array(fc.option(fc.oneof(list, record)), { minLength: 1, maxLength: 5 }), (labels) => {
        const { tensors, count } = head.target(labels, spec);
        const found = head.task(spec).loss(tf.zeros([labels.length, 3]), toTensors(tensors) as never);
        expect(numbers(found.count)[0]).toBeCloseTo(count, 5);
      }),
      { numRuns: 30, seed: 1 },
    );
  });
});

test('predictions are the labels that reach their threshold, with all probabilities', () => {
  const head = multiLabel({ threshold: { b: 0.2 } });
  const spec = head.fit([['a', 'b', 'c']]);
  const logits = hostTensor('float32', [2, 3], [Math.log(3), Math.log(1 / 3), -9, -9, -9, -9]);
  const [first, second] = head.decode(logits, spec);
  expect(first!.labels).toEqual(['a', 'b']);
  expect(first!.probabilities.a).toBeCloseTo(0.75, 6);
  expect(first!.probabilities.b).toBeCloseTo(0.25, 6);
  expect(second!.labels).toEqual([]);
  expect(() => head.decode(hostTensor('float32', [1, 2], [0, 0]), spec)).toThrow('expected shape [batch, 3]');
});

test('labels that do not exclude each other are learnt from features, from a sequence and from a map', () => {
  const head = multiLabel({ pooling: 'mean' });
  const rows = [[], ['a'], ['b'], ['a', 'b']];
  const spec = head.fit(rows);
  const { layer, loss } = head.task(spec);
  const features = tf.tensor2d([0, 0, 1, 0, 0, 1, 1, 1], [4, 2]);
  const inputs = {
    features,
    sequence: { values: tf.reshape(features, [4, 1, 2]), lengths: tf.tensor1d([1, 1, 1, 1], 'int32') },
    map: tf.reshape(features, [4, 1, 1, 2]),
  };
  const shapes = { features: [2], sequence: [1, 2], map: [1, 1, 2] };
  for (const kind of ['features', 'sequence', 'map'] as const) {
    let params = toTensors(layer.init(key(2), shapes[kind]).params as object) as Tree<tf.Tensor>;
    const targets = toTensors(head.target(rows, spec).tensors) as never;
    for (let step = 0; step < 200; step++) {
      const found = gradients(
        () => meanLoss(loss(layer.apply(params as never, inputs[kind], infer), targets)),
        Object.fromEntries(leaves<tf.Tensor>(params)),
      );
      params = mapTree<tf.Tensor, tf.Tensor>(params, (value, path) => tf.sub(value, tf.mul(found.gradients[path]!, 2)));
    }
    const outputs = layer.apply(params as never, inputs[kind], infer);
    const host = hostTensor('float32', outputs.shape, [...outputs.dataSync()]);
    expect(head.decode(host, spec).map(({ labels }) => labels)).toEqual(rows);
  }
});
