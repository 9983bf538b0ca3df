import '@tensorflow/tfjs-backend-cpu';
import { key } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { context, within } from './layer.ts';
import { random } from './random.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const draw = (source = random(key(1))) => [...source.uniform([8]).dataSync()];

test('equal keys give equal numbers and folded ones others', () => {
  expect(draw()).toEqual(draw());
  expect(draw(random(key(1)).fold('a'))).not.toEqual(draw());
  expect(draw(random(key(1)).fold('a'))).not.toEqual(draw(random(key(1)).fold('b')));
});

test('draws have the shape and type that was asked for', () => {
  const source = random(key(2));
  expect(source.keepMask([2, 3], 0.5)).toMatchObject({ shape: [2, 3], dtype: 'bool' });
  expect(source.normal([4])).toMatchObject({ shape: [4], dtype: 'float32' });
  expect([...source.keepMask([100], 0).dataSync()].every((kept) => kept === 1)).toBe(true);
});

test('within gives a part its own randomness and puts its name before what it records', () => {
  const names: string[] = [];
  const record = { loss: (name: string) => names.push(name), observe: (name: string) => names.push(name) };
  const part = within(within(context('train', random(key(1)), record), 'encoder'), 'norm');
  part.record.loss('penalty', tf.scalar(0));
  part.record.observe('map', tf.scalar(0));
  expect(names).toEqual(['encoder.norm.penalty', 'encoder.norm.map']);
  expect(part.mode).toBe('train');
  expect(draw(part.random)).toEqual(draw(random(key(1)).fold('encoder').fold('norm')));
});
