import * as tf from '@tensorflow/tfjs-core';
import type { Draws } from './draws.ts';
import { type GradientCase, gradientCase, smoothly } from './gradient-case.ts';

const product = (random: Draws, batches: readonly [readonly number[], readonly number[]]) => {
  const [rows, inner, columns] = [random.whole(1, 3), random.whole(1, 3), random.whole(1, 3)];
  const [transposeA, transposeB] = [random.coin(), random.coin()];
  return {
    inputs: {
      a: random.reals([...batches[0], ...(transposeA ? [inner, rows] : [rows, inner])]),
      b: random.reals([...batches[1], ...(transposeB ? [columns, inner] : [inner, columns])]),
    },
    evaluate: ({ a, b }: Readonly<Record<string, tf.Tensor>>) => tf.matMul(a!, b!, transposeA, transposeB),
  };
};

const sizes: Readonly<Record<string, number>> = { a: 2, b: 3, c: 1, d: 2 };

const equations = [
  'ab,bc->ac',
  'ab,cb->ca',
  'abc,cd->abd',
  'abc,abd->acd',
  'abcd,abd->abc',
  'a,b->ab',
  'ab,ab->',
  'a,a->a',
  ',ab->ba',
  'abc,bd->ad',
  'abc->cb',
  'ab->',
  'ab->ba',
];

const einsum = (equation: string): GradientCase =>
  gradientCase(
    tf.Einsum,
    equation,
    (random) => {
      const terms = equation.split('->')[0]!.split(',');
      const inputs = terms.map(
        (term, index) => [`${index}`, random.reals([...term].map((label) => sizes[label]!))] as const,
      );
      return {
        inputs: Object.fromEntries(inputs),
        evaluate: (tensors) => tf.einsum(equation, ...Object.values(tensors)),
      };
    },
    smoothly,
  );

export const linearCases: readonly GradientCase[] = [
  gradientCase(
    tf.BatchMatMul,
    'of batches that broadcast',
    (random) => {
      const batch = random.shape(0, 3);
      // tfjs's own backends take the wrong pairs where other than leading axes are broadcast
      const ones = random.whole(0, batch.length);
      const other = batch.map((size, axis) => (axis < ones ? 1 : size)).slice(random.whole(0, ones));
      return product(random, random.coin() ? [batch, other] : [other, batch]);
    },
    smoothly,
  ),
  gradientCase(
    tf.BatchMatMul,
    'with one matrix for the batch',
    (random) => product(random, [random.shape(1, 2), []]),
    smoothly,
  ),
  ...equations.map(einsum),
  ...(['linear', 'relu', 'sigmoid'] as const).map((activation) =>
    gradientCase('_FusedMatMul', `with a bias, ${activation}`, (random) => ({
      inputs: { a: random.reals([3, 2], 0.2, 1), b: random.reals([2, 4], 0.2, 1), bias: random.reals([4], 0.2, 1) },
      evaluate: ({ a, b, bias }) => tf.fused.matMul({ a: a!, b: b!, bias: bias!, activation }),
    })),
  ),
];
