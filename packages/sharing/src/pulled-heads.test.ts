import '@tensorflow/tfjs-backend-cpu';
import { context, noRandom, recorder } from '@polytask/core';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { pulledHeads } from './pulled-heads.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

test('records λ Σₖ ‖θₖ − θ̄‖² for each family, by hand', () => {
  const head = (weight: number, bias: number) => ({
    value: { weight: tf.tensor2d([[weight], [0]]), bias: tf.tensor1d([bias]) },
  });
  const heads = { a: head(1, 0), b: head(3, 2), c: head(50, 50), d: head(9, 9) };
  const { record, recorded } = recorder();
  pulledHeads([
    { name: 'score', tasks: ['a', 'b'], strength: 0.5 },
    { name: 'alone', tasks: ['c'], strength: 1 },
    { name: 'free', tasks: ['c', 'd'], strength: 0 },
  ])(heads, context('train', noRandom, record));
  const { losses } = recorded();
  expect(Object.keys(losses)).toEqual(['score']);
  expect(losses.score!.dataSync()[0]).toBeCloseTo(0.5 * (1 + 1 + 1 + 1), 6);
  expect(() => pulledHeads([{ name: 'x', tasks: [], strength: -1 }])).toThrow(
    'pulledHeads.strength: expected a number ≥ 0. Found -1.',
  );
});
