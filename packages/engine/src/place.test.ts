import { hostTensor, key } from '@polytask/base';
import { context, dense, gradients, named, noRandom, sequential } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { compile } from './compile.ts';
import { openDevice } from './devices.ts';
import { placeOf } from './graph.ts';

const device = await openDevice('cpu');
const x = hostTensor('float32', [2, 3], [1, 2, 3, 4, 5, 6]);
const tower = sequential({
  first: dense({ units: 4, activation: 'tanh' }),
  second: sequential({ inner: dense({ units: 2 }) }),
});
const { params } = tower.init(key(1), [3]);

test('calls stand in the layers that their parts are named by, gradients in those of the calls', () => {
  const program = compile(
    (weights: Record<string, tf.Tensor>, input: tf.Tensor) =>
      gradients(
        () => tf.sum(named('tower', () => tower.apply(weights as never, input, context('train', noRandom)))),
        weights,
      ),
    { device },
  );

  const { nodes } = program.graph(params as never, x);

  const places = nodes.map(({ kernel, origin }) => `${placeOf(origin)} ${kernel}`.trim());
  expect(places).toContain('tower/first Tanh');
  expect(places).toContain('tower/second/inner BatchMatMul');
  expect(places).toContain('Sum');
  const backward = nodes.filter(({ origin }) => origin.backward);
  const products = backward.filter(({ kernel }) => /MatMul/.test(kernel)).map(({ origin }) => origin.layer);
  expect(products.sort()).toEqual(['tower/first', 'tower/second/inner', 'tower/second/inner']);
});
