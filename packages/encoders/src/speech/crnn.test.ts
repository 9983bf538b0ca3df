import '@tensorflow/tfjs-backend-cpu';
import { fold, key, leaves, normal, type Tree } from '@polytask/base';
import { context, gradients, random } from '@polytask/core';
import { toTensors } from '@polytask/core/testing';
import type { Sound } from '@polytask/data';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { crnnEncoder } from './crnn.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const infer = context('infer', random(key(1)));
const sound = (seed: number, samples: number, sampleRate = 16000): Sound => ({
  sampleRate,
  channels: [Float32Array.from(normal(fold(key(7), seed), samples), (value) => value * 0.1)],
});
const sounds = [sound(1, 3200), sound(2, 2400), sound(3, 4000)];
const numbers = (tensor: tf.Tensor) => [...tensor.dataSync()];

describe.each(['gru', 'lstm'] as const)('crnn with %s', (cell) => {
  const encoder = crnnEncoder({ bands: 20, filters: [3, 4], units: 6, width: 5, cell });
  const spec = encoder.fit(sounds, key(1));
  const { layer, inputShape } = encoder.layer(spec);
  const { params: initial, outputShape } = layer.init(key(2), inputShape);
  const params = () => toTensors(initial as object) as never;
  const encoded = sounds.map((one) => encoder.encode(one, spec));
  const batch = (width: number, size = 3) => toTensors(encoder.collate(encoded, { size, width }, spec)) as never;

  test('a quarter of the frames, rounded up, both directions side by side', () => {
    expect(encoded.map(encoder.lengthOf)).toEqual([20, 15, 25]);
    const { values, lengths } = layer.apply(params(), batch(25, 4), infer);
    expect(values.shape).toEqual([4, 7, 10]);
    expect(numbers(lengths)).toEqual([5, 4, 7, 0]);
    expect(encoded.map((one) => encoder.framesOf!(encoder.lengthOf(one)))).toEqual([5, 4, 7]);
    expect(outputShape).toEqual([25, 10]);
  });

  test('a second of silence behind a batch changes no value', () => {
    const [short, long] = [layer.apply(params(), batch(25), infer), layer.apply(params(), batch(125), infer)];
    const rows = numbers(tf.slice(long.values, [0, 0, 0], [3, 7, 10]));
    numbers(short.values).forEach((value, at) => {
      expect(Math.abs(value - rows[at]!)).toBeLessThan(1e-5);
    });
    expect(numbers(tf.sum(tf.abs(tf.slice(long.values, [0, 7, 0], [3, 25, 10]))))).toEqual([0]);
    expect(numbers(long.lengths)).toEqual(numbers(short.lengths));
  });

  test('gradients reach every parameter', () => {
    const own = params() as Tree<tf.Tensor>;
    const flat = Object.fromEntries(leaves<tf.Tensor>(own));
    const found = gradients(() => tf.sum(tf.square(layer.apply(own as never, batch(25), infer).values)), flat);
    for (const gradient of Object.values(found.gradients))
      expect(numbers(tf.sum(tf.abs(gradient!)))[0]).toBeGreaterThan(0);
  });

  test('the spec survives JSON', () => {
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec);
  });
});

test('any rate and number of channels; silence and very short sounds are fine', () => {
  const encoder = crnnEncoder({ bands: 20 });
  const spec = encoder.fit(sounds, key(1));
  const { channels } = sound(4, 1600, 8000);
  const stereo = encoder.encode({ sampleRate: 8000, channels: [channels[0]!, channels[0]!] }, spec);
  expect(stereo.shape).toEqual([20, 20]); // 0.2 s
  expect(stereo.data).toEqual(encoder.encode({ sampleRate: 8000, channels }, spec).data);
  for (const samples of [0, 1, 399]) {
    const { shape, data } = encoder.encode({ sampleRate: 16000, channels: [new Float32Array(samples)] }, spec);
    expect(shape[0]).toBeGreaterThan(0);
    expect(data.every(Number.isFinite)).toBe(true);
  }
});

test('wrong options are named', () => {
  expect(() => crnnEncoder({ cell: 'rnn' as never })).toThrow('cell: expected "gru" or "lstm". Found rnn.');
  expect(() => crnnEncoder({ layers: 0 })).toThrow('layers: expected a positive integer. Found 0.');
  expect(() => crnnEncoder({ bands: 0 })).toThrow('bands: expected a positive integer. Found 0.');
  expect(() => crnnEncoder().fit([], key(1))).toThrow('sounds: expected at least one.');
});
