import '@tensorflow/tfjs-backend-cpu';
import { key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, expectTypeOf, test } from 'vitest';
import type { Layer, Sequence } from '../layer.ts';
import { toTensors } from '../testing/finite-differences.ts';
import { activation } from './activation.ts';
import { type DenseParams, dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { embedding } from './embedding.ts';
import { type Bag, embeddingBag } from './embedding-bag.ts';
import { inferring, numbers, recording, sequence, training, wavy } from './layers.fixture.ts';
import { multiHeadAttention } from './multi-head-attention.ts';
import { onValues } from './on-values.ts';
import { pooling } from './pooling.ts';
import { residual } from './residual.ts';
import { type ParamsOf, sequential } from './sequential.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const scale = (factor: number) => ({ weight: tf.mul(tf.eye(2), factor), bias: tf.zeros([2]) });

test('layers apply in the order of their names, with the parameters under these names', () => {
  const net = sequential({ out: dense({ units: 2 }), act: activation('relu'), again: dense({ units: 2 }) });
  const params = { out: scale(-1), act: {}, again: scale(10) };
  expect(numbers(net.apply(params, tf.tensor2d([[1, -2]]), inferring)).map((value) => value + 0)).toEqual([0, 20]);
});

test('shapes pass from layer to layer and each layer draws its own first values', () => {
  const net = sequential({ a: dense({ units: 3 }), b: dense({ units: 3 }), c: dense({ units: 3 }) });
  const { params, outputShape } = net.init(key(1), [3]);
  expect(outputShape).toEqual([3]);
  expect(Object.keys(params)).toEqual(['a', 'b', 'c']);
  expect(params.b.weight).not.toEqual(params.c.weight);
});

test('two dropouts in one chain drop different elements', () => {
  const drop = dropout({ rate: 0.5 });
  const [one, two] = [sequential({ a: drop }), sequential({ b: drop })];
  const x = tf.ones([64]);
  const [a, b] = [numbers(one.apply({ a: {} }, x, training())), numbers(two.apply({ b: {} }, x, training()))];
  expect(a).not.toEqual(b);
  const both = numbers(sequential({ a: drop, b: drop }).apply({ a: {}, b: {} }, x, training()));
  expect(both).toEqual(a.map((value, index) => value * b[index]!));
});

test('what a layer observes is recorded below its name', () => {
  const net = sequential({
    block: residual(multiHeadAttention({ heads: 1, width: 2 })),
    pool: pooling({ mode: 'mean' }),
  });
  const { record, observed } = recording();
  const params = toTensors(net.init(key(1), [3, 2]).params);
  net.apply(params, sequence(wavy([1, 3, 2]), [3]), training(1, record));
  expect([...observed.keys()]).toEqual(['block.attention']);
});

test('types say what goes in, what comes out and what the parameters are', () => {
  const tensors = sequential({ a: dense({ units: 3 }), b: activation('relu') });
  expectTypeOf(tensors.apply).parameter(0).toEqualTypeOf<{
    readonly a: DenseParams;
    readonly b: Readonly<Record<string, never>>;
  }>();
  expectTypeOf(tensors).toEqualTypeOf<Layer<ParamsOf<typeof tensors>, tf.Tensor, tf.Tensor>>();
  const sequences = sequential({ a: onValues(embedding({ count: 3, width: 2 })) });
  expectTypeOf(sequences.apply).parameter(1).toEqualTypeOf<Sequence>();
  expectTypeOf(sequences.apply).returns.toEqualTypeOf<Sequence>();
  const pooled = sequential({ a: onValues(dense({ units: 2 })), b: pooling({ mode: 'mean' }), c: dense({ units: 1 }) });
  expectTypeOf(pooled.apply).parameter(1).toEqualTypeOf<Sequence>();
  expectTypeOf(pooled.apply).returns.toEqualTypeOf<tf.Tensor>();
  const bags = sequential({ words: embeddingBag({ count: 3, width: 2 }), hidden: dense({ units: 2 }) });
  expectTypeOf(bags.apply).parameter(1).toEqualTypeOf<Bag>();
  // @ts-expect-error there is no layer of this name
  expect(tensors.init(key(1), [2]).params.c).toBeUndefined();
});

test('residual adds the input, for tensors and for sequences', () => {
  const twice = residual(dense({ units: 2 }));
  expect(numbers(twice.apply(scale(1), tf.tensor2d([[1, 2]]), inferring))).toEqual([2, 4]);
  const steps = residual(onValues(dense({ units: 2 })));
  const { values, lengths } = steps.apply(scale(2), sequence(tf.tensor3d([1, 2], [1, 1, 2]), [1]), inferring);
  expect(numbers(values)).toEqual([3, 6]);
  expect(numbers(lengths)).toEqual([1]);
});

test('residual refuses a layer that changes the shape', () => {
  expect(() => residual(dense({ units: 3 })).init(key(1), [2])).toThrow(
    'residual: expected a layer that keeps the shape [2]. Found [3].',
  );
});
