import * as tf from '@tensorflow/tfjs-core';
import { type KernelGradient, kernelGradient, noGradient } from './kernel-gradient.ts';

/* Kernels whose outputs do not change with small changes of these inputs: their gradient is 0. */

const fault = 'none: a loss that uses it is refused, though its slope is 0';

const constant = (kernelName: string, reason: string, inputs: readonly string[]): KernelGradient =>
  kernelGradient(kernelName, reason, { inputs }, (_, saved) =>
    Object.fromEntries(inputs.map((name, index) => [name, () => noGradient(saved[index]!)])),
  );

const ofTwo = [tf.Equal, tf.NotEqual, tf.Greater, tf.Less, tf.LessEqual, tf.LogicalAnd, tf.LogicalOr, tf.LogicalXor];

export const piecewiseConstantGradients: readonly KernelGradient[] = [
  ...ofTwo.map((name) => constant(name, fault, ['a', 'b'])),
  ...[tf.LogicalNot, tf.All, tf.Any].map((name) => constant(name, fault, ['x'])),
  constant(tf.Multinomial, fault, ['logits']),
  constant(tf.SearchSorted, fault, ['sortedSequence', 'values']),
  constant(tf.LowerBound, fault, ['sortedSequence', 'values']),
  constant(tf.UpperBound, fault, ['sortedSequence', 'values']),
  ...[tf.NonMaxSuppressionV3, tf.NonMaxSuppressionV4].map((name) => constant(name, fault, ['boxes', 'scores'])),
  constant(tf.GreaterEqual, 'refused for integers', ['a', 'b']),
  constant(tf.FloorDiv, 'that of a / b, though its slope is 0', ['a', 'b']),
];
