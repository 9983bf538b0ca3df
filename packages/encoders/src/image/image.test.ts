import '@tensorflow/tfjs-backend-cpu';
import { fold, hostTensor, key, leaves, type Tree, uniform } from '@polytask/base';
import { context, gradients, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import type { Image } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Encoder } from '../encoder.ts';
import { cnnEncoder } from './cnn.ts';
import { gramFeatures } from './gram.ts';
import type { ImageInputs, ImageScale } from './image-inputs.ts';
import { resnetEncoder } from './resnet.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

type Any = Encoder<Image, ImageScale, Image, never, ImageInputs>;
const infer = context('infer', random(key(1)));
const image = (seed: number, [height, width]: [number, number] = [16, 16]): Image =>
  hostTensor(
    'uint8',
    [height, width, 3],
    Uint8Array.from(uniform(fold(key(7), seed), height * width * 3), (value) => value * 200),
  );
const images = [image(1), image(2), image(3)];
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];

const encoders: [string, Any][] = [
  ['cnn', cnnEncoder({ filters: [4, 6], units: 5 }) as never],
  [
    'cnn with norms and statistics',
    cnnEncoder({ filters: [4, 6], depth: 2, groups: 2, gram: 0, pooling: 'average', units: 5 }) as never,
  ],
  ['resnet', resnetEncoder({ blocks: [1, 1], filters: 4, stem: 'small', groups: 2 }) as never],
  ['resnet with frozen norms', resnetEncoder({ blocks: [1, 2], filters: 4, groups: null, gram: 1 }) as never],
];

describe.each(encoders)('%s', (_, encoder) => {
  const spec = encoder.fit(images, key(1));
  const { layer, inputShape } = encoder.layer(spec);
  const { params: initial, outputShape } = layer.init(key(2), inputShape);
  const params = () => toTensors(initial as object) as never;
  const batch = (given: readonly Image[], size = given.length) =>
    toTensors(
      encoder.collate(
        given.map((one) => encoder.encode(one, spec)),
        { size, width: 8 },
        spec,
      ),
    ) as unknown as ImageInputs;

  test('gives one row of the shape it says per image, whatever else is in the batch', () => {
    const all = layer.apply(params(), batch(images, 4), infer);
    expect(all.shape).toEqual([4, ...outputShape]);
    const alone = layer.apply(params(), batch([images[1]!]), infer);
    const row = numbers(tf.slice(all, [1, 0], [1, outputShape[0]!]));
    numbers(alone).forEach((value, at) => {
      expect(value).toBeCloseTo(row[at]!, 5);
    });
  });

  test('the spec survives JSON; images of other sizes are resized', () => {
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
    expect(encoder.encode(image(4, [20, 9]), spec).shape).toEqual([16, 16, 3]);
    expect(() => encoder.encode(hostTensor('uint8', [4, 4, 1], new Uint8Array(16)), spec)).toThrow(
      'expected 3 channels. Found 1.',
    );
  });

  test('gradients reach every parameter', () => {
    const own = params() as Tree<tf.Tensor>;
    const flat = Object.fromEntries(leaves<tf.Tensor>(own));
    const found = gradients(
      () => tf.sum(tf.square(layer.apply(own as never, batch(images), context('train', random(key(3)))))),
      flat,
    );
    const reached = Object.entries(found.gradients).filter(([, one]) => numbers(tf.sum(tf.abs(one!)))[0]! > 0);
    expect(reached.map(([name]) => name)).toEqual(Object.keys(flat));
  });

  test('training alone is random', () => {
    const at = (mode: 'train' | 'infer', seed: number) =>
      numbers(layer.apply(params(), batch(images), context(mode, random(key(seed)))));
    expect(at('infer', 1)).toEqual(at('infer', 2));
    expect(at('train', 1)).not.toEqual(at('train', 2));
  });
});

test('training images have mean 0 and deviation 1 in each channel', () => {
  const encoder = cnnEncoder({ filters: [2], units: 2 });
  const spec = encoder.fit(images, key(1));
  const { pixels } = encoder.collate(images, { size: 3, width: 8 }, spec);
  const { mean, variance } = tf.moments(toTensors({ pixels }).pixels, [0, 1, 2]);
  for (const value of numbers(mean)) expect(value).toBeCloseTo(0, 4);
  for (const value of numbers(variance)) expect(value).toBeCloseTo(1, 3);
});

test('Gram features know what channels do together and not where', () => {
  // two channels: x and −x
  const x = tf.tensor4d([1, -1, 2, -2], [1, 1, 2, 2]);
  const [xx, xy, yy] = numbers(gramFeatures(x)) as [number, number, number];
  expect(xx).toBeCloseTo(1 / Math.sqrt(3), 4);
  expect(xy).toBeCloseTo(-1 / Math.sqrt(3), 4);
  expect(yy).toBeCloseTo(1 / Math.sqrt(3), 4);
  expect(numbers(gramFeatures(tf.reverse(x, 2)))).toEqual(numbers(gramFeatures(x)));
});

test('wrong options are named', () => {
  expect(() => cnnEncoder({ filters: [] })).toThrow('filters: expected at least one block.');
  expect(() => cnnEncoder({ gram: 3 })).toThrow('gram: expected a block from 0 to 2. Found 3.');
  expect(() => cnnEncoder({ dropout: 1 })).toThrow('dropout.rate');
  expect(() => resnetEncoder({ blocks: [0] })).toThrow('blocks: expected positive integers. Found [0].');
  expect(() => resnetEncoder({ stem: 'tiny' as never })).toThrow('stem: expected "large" or "small".');
  expect(() => cnnEncoder().fit([], key(1))).toThrow('images: expected at least one.');
});

test('ResNet-18 has the parameters that its paper counts', () => {
  const { params } = (({ layer, inputShape }) => layer.init(key(1), inputShape))(
    resnetEncoder().layer(resnetEncoder().fit([image(1, [64, 64])], key(1))),
  );
  const count = leaves(params as never).reduce((sum, [, { data }]) => sum + (data as Float32Array).length, 0);
  expect(count).toBe(11_176_512); // torchvision's 11,689,512 without the 513,000 of the classifier
});

test.each([
  ['cnn', cnnEncoder({ filters: [4, 6], pooling: 'map' }) as never as Any, [4, 4, 6]],
  [
    'resnet',
    resnetEncoder({ blocks: [1, 1], filters: 4, stem: 'small', groups: 2, pooling: 'map' }) as never as Any,
    [8, 8, 8],
  ],
] as const)('the map of a %s is its last block as it is', (_, encoder, shape) => {
  const spec = JSON.parse(JSON.stringify(encoder.fit(images, key(1)))) as ImageScale;
  const { layer, inputShape } = encoder.layer(spec);
  const { params, outputShape } = layer.init(key(2), inputShape);
  expect(outputShape).toEqual(shape);
  const inputs = toTensors(encoder.collate(images.slice(0, 2), { size: 2, width: 1 }, spec)) as unknown as ImageInputs;
  const made = layer.apply(toTensors(params as object) as never, inputs, context('train', random(key(3))));
  expect(made.shape).toEqual([2, ...shape]);
  // of two places, different values: nothing was averaged
  expect(new Set(numbers(tf.slice(made, [0, 0, 0, 0], [1, shape[0], shape[1], 1]))).size).toBeGreaterThan(4);
});

test('Gram statistics and maps exclude each other', () => {
  expect(() => cnnEncoder({ gram: 0, pooling: 'map' })).toThrow('gram: expected none beside a map.');
  expect(() => resnetEncoder({ gram: 0, pooling: 'map' })).toThrow('gram: expected none beside a map.');
});
