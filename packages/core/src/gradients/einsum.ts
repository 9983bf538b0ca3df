import * as tf from '@tensorflow/tfjs-core';
import { type KernelGradient, kernelGradient } from './kernel-gradient.ts';

/**
 * ∂L/∂A of C = einsum('…A…,…B…->…C…', A, B) = einsum('C,B->A', ∂L/∂C, B). An axis that only A has was summed over, so its gradient is the
 * same at all its places.
 */
function einsumGradient(equation: string, dy: tf.Tensor, inputs: readonly tf.Tensor[], of: number): tf.Tensor {
  const [left, right = ''] = equation.replaceAll(' ', '').split('->');
  const terms = left!.split(',');
  const others = inputs.flatMap((tensor, index) => {
    if (index === of) return [];
    const term = [...terms[index]!];
    // tfjs's `cpu` backend does not sum all axes that one factor alone has
    const alone = term.flatMap((label, axis) => (right.includes(label) || terms[of]!.includes(label) ? [] : [axis]));
    const summed = alone.length > 0 ? tf.sum(tensor, alone) : tensor;
    return [{ tensor: summed, term: term.filter((_, axis) => !alone.includes(axis)).join('') }];
  });
  const seen = right + others.map(({ term }) => term).join('');
  const wanted = [...terms[of]!];
  const kept = wanted.filter((label) => seen.includes(label)).join('');
  const from = [right, ...others.map(({ term }) => term)].join(',');
  const found = tf.einsum(`${from}->${kept}`, dy, ...others.map(({ tensor }) => tensor));
  if (kept.length === wanted.length) return found;
  const { shape } = inputs[of]!;
  const expanded = shape.map((size, axis) => (kept.includes(wanted[axis]!) ? size : 1));
  return tf.mul(tf.reshape(found, expanded), tf.ones(shape));
}

export const einsumGradients: readonly KernelGradient[] = [
  kernelGradient<{ equation: string }>(tf.Einsum, 'none', { allInputs: true }, (dy, inputs, { equation }) =>
    Object.fromEntries(inputs.map((_, index) => [index, () => einsumGradient(equation, dy, inputs, index)])),
  ),
];
