import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key } from '@polytask/base';
import { context, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { classify } from './classify.ts';
import { regress } from './regress.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const infer = context('infer', random(key(1)));
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];

describe('regress', () => {
  test('labels are scaled by training mean and deviation, and predictions go back', () => {
    const head = regress();
    const spec = head.fit(['10', 30, null]);
    expect(spec).toMatchObject({ mean: 20, deviation: 10 });
    const { tensors, count } = head.target([25, null, ' 1e1 '], spec);
    expect([...tensors.values.data, ...tensors.present.data, count]).toEqual([0.5, 0, -1, 1, 0, 1, 2]);
    expect(head.decode(hostTensor('float32', [2, 1], [0.5, -1]), spec)).toEqual([{ value: 25 }, { value: 10 }]);
    expect(regress().fit([7, 7]).deviation).toBe(1);
  });

  test('what is no number is refused', () => {
    expect(() => regress().fit(['ten'])).toThrow('Expected a finite number as label. Found "ten".');
    expect(() => regress().fit([' '])).toThrow('E2303');
    expect(() => regress().fit([null])).toThrow('E2302');
    expect(() => regress({ loss: 'cubic' as never })).toThrow('loss: expected "squared"');
  });

  test.each(['squared', 'absolute', 'huber', 'gaussian'] as const)('%s by hand', (loss) => {
    const head = regress({ loss });
    const spec = head.fit([-1, 1]);
    const { loss: of } = head.task(spec);
    // distances 3 and ½, the third row has no label
    const outputs = tf.tensor(loss === 'gaussian' ? [3, Math.log(4), 1.5, 0, 9, 9] : [3, 1.5, 9], [
      3,
      loss === 'gaussian' ? 2 : 1,
    ]);
    const { sum, count } = of(outputs, toTensors(head.target([0, 1, null], spec).tensors) as never);
    const by = {
      squared: 9 + 0.25,
      absolute: 3.5,
      huber: 2.5 + 0.125,
      gaussian: (Math.log(4) + 9 / 4) / 2 + 0.25 / 2,
    };
    expect(numbers(sum)[0]).toBeCloseTo(by[loss], 5);
    expect(numbers(count)[0]).toBe(2);
  });

  test('a likelihood gives the deviation of each prediction in the labels’ unit', () => {
    const head = regress({ loss: 'gaussian' });
    const spec = head.fit([0, 20]);
    const [only] = head.decode(hostTensor('float32', [1, 2], [1, Math.log(4)]), spec);
    expect(only!.value).toBe(20);
    expect(only!.deviation).toBeCloseTo(20, 5);
  });

  test('a sequence is pooled by its mean over the steps that count', () => {
    const head = regress();
    const { layer } = head.task(head.fit([0, 2]));
    expect(layer.init(key(1), [5, 2]).outputShape).toEqual([1]);
    const params = { hidden: [], value: { weight: tf.tensor2d([1, 10], [2, 1]), bias: tf.tensor1d([0]) } };
    const values = tf.tensor3d([1, 0, 3, 2, 99, 99], [1, 3, 2]);
    expect(numbers(layer.apply(params, { values, lengths: tf.tensor1d([2], 'int32') }, infer))[0]).toBeCloseTo(12, 5);
  });
});

test('classes of a sequence come from its steps alone, by attention or by mean', () => {
  for (const pooling of ['attentive', 'mean'] as const) {
    const head = classify({ pooling });
    const { layer } = head.task(head.fit(['a', 'b', 'c']));
    const made = layer.init(key(1), [4, 2]);
    expect(made.outputShape).toEqual([3]);
    expect('pooling' in made.params).toBe(pooling === 'attentive');
    const params = toTensors(made.params as object) as never;
    const at = (padding: number) => {
      const values = tf.concat([tf.tensor3d([1, -2, 0.5, 3], [1, 2, 2]), tf.fill([1, 3, 2], padding)], 1);
      return numbers(layer.apply(params, { values, lengths: tf.tensor1d([2], 'int32') }, infer));
    };
    at(50).forEach((value, place) => {
      expect(value).toBeCloseTo(at(0)[place]!, 5);
    });
  }
  expect(() => classify({ pooling: 'last' as never })).toThrow('pooling: expected "attentive" or "mean".');
});

test('the label of a mixed example is between both, and missing where one of them is', () => {
  const head = regress();
  const spec = head.fit([0, 10]);
  const { tensors, count } = head.mixedTarget!(
    [
      [0, 10, 0.25],
      [10, null, 0.5],
      ['10', null, 1],
    ],
    spec,
  );
  expect(tensors.values).toEqual(head.target([7.5, null, 10], spec).tensors.values);
  expect(count).toBe(2);
});
