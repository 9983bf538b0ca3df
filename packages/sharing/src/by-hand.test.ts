import '@tensorflow/tfjs-backend-cpu';
import { hostTensor, key } from '@polytask/base';
import { type AnyLayer, context, noRandom } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { lora } from './lora.ts';
import { taskAttention } from './task-attention.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

const infer = context('infer', noRandom);
const tasks = ['a', 'b'];
const first = (x: unknown) => (x as tf.Tensor).dataSync()[0]!;

test('task attention: softmax of q·k / √d, and what is listened to is added', () => {
  const times: AnyLayer = {
    init: (_, shape) => ({ params: { by: hostTensor('float32', [], [1]) }, outputShape: shape }),
    apply: ({ by }: { by: tf.Tensor }, x: tf.Tensor) => tf.mul(x, by),
  };
  const way = taskAttention({ tower: times });
  way.init(key(1), [4], tasks);
  const same = tf.eye(4);
  const params = { towers: { a: { by: tf.scalar(1) }, b: { by: tf.scalar(2) } }, query: same, key: same, value: same };
  const found = way.apply(params as never, tf.tensor2d([[1, 0, 0, 0]]), infer, tasks);
  // h is 1 of a and 2 of b in the first of four features: scores of a are 1/2 and 2/2, of b 2/2 and 4/2
  const seen = (one: number, two: number) => (Math.exp(one) + 2 * Math.exp(two)) / (Math.exp(one) + Math.exp(two));
  expect(first(found.a)).toBeCloseTo(1 + seen(0.5, 1), 5);
  expect(first(found.b)).toBeCloseTo(2 + seen(1, 2), 5);
});

test('LoRA: relu(x·(W + α/r·AB) + b)', () => {
  const way = lora({ units: 1, rank: 2, alpha: 6 });
  const low = (sign: number) => ({ a: tf.tensor2d([[1, 1]]), b: tf.tensor2d([[sign], [sign]]) });
  const trunk = { weight: tf.tensor2d([[1]]), bias: tf.tensor1d([0.5]) };
  const found = way.apply({ trunk, tasks: { a: low(1), b: low(-1) } }, tf.tensor2d([[2]]), infer, tasks);
  // AB is 2, or −2, and α/r is 3
  expect([first(found.a), first(found.b)]).toEqual([14.5, 0]);
});
