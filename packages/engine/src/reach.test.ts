import { hostTensor } from '@polytask/base';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { openDevice } from './devices.ts';
import { distances, reaches } from './reach.ts';

test('what is applied last is nearest, also beside a way around it, and what is not used is nowhere', async () => {
  let found: (number | undefined)[] = [];
  let reached: boolean[] = [];
  const program = compile(
    (first: tf.Tensor, last: tf.Tensor, unused: tf.Tensor, x: tf.Tensor) => {
      const before = tf.tanh(tf.mul(x, first));
      const y = tf.add(before, tf.exp(tf.mul(before, last))); // a residual: the short way passes the last layer by
      found = distances(y, [first, last, unused, y]);
      reached = reaches(y, [first, last, unused, y]);
      return { y };
    },
    { device: await openDevice('onnx', { threads: 1 }) },
  );
  const one = hostTensor('float32', [2], [1, 2]);

  await program.run(one, one, one, one);

  expect(found).toEqual([5, 3, undefined, 0]);
  expect(reached).toEqual([true, true, false, true]);
});
